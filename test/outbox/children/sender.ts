/** A sender in a process of its own: delivers from an SQLite file until its moment has come, and waits to be killed. */
import { createRequire } from 'node:module'
import type { SqliteDatabase } from '../../../src/outbox/stores/sqlite-driver.js'
import { sendingOf } from './sending.js'

const { file, ...settings } = JSON.parse(process.argv[2] ?? '')
const Database = createRequire(import.meta.url)('libsql') as new (file: string) => SqliteDatabase

const here = () => process.send?.('here')
sendingOf({ ...settings, db: new Database(file), here }).outbox.start()
// The test has ended without killing it.
process.once('disconnect', () => process.exit())
