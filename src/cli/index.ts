#!/usr/bin/env node
/** The program `guise`. */
import { pathToFileURL } from 'node:url'
import { main } from './main.js'
import { openStore } from './open-store.js'

// Whoever reads may have read enough, as `head` has.
process.stdout.on('error', () => process.exit(0))

const code = await main(process.argv.slice(2), {
  out: text => process.stdout.write(text),
  err: text => process.stderr.write(text),
  cwd: process.cwd(),
  now: () => Date.now(),
  load: file => import(pathToFileURL(file).href),
  openStore,
})
// A module that was imported may have begun to listen; what was written has to be out before the end.
process.stdout.write('', () => process.stderr.write('', () => process.exit(code)))
