// The part of the demo that is about notices: it holds what it claims, with real processes, real kills and real waits.
import { existsSync } from 'node:fs'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onPostgres, onSqlite, type Place } from '../../examples/dailyfeed/demo/notify/place.js'
import { playNotices, scenes } from '../../examples/dailyfeed/demo/notify/play.js'
import type { NotifyScene } from '../../examples/dailyfeed/demo/notify/scene.js'
import { paintFor } from '../../examples/dailyfeed/demo/paint.js'
import { type Bundle, bundle } from './children/program.js'

const LONG = { timeout: 180_000 }
const url = process.env.GUISE_POSTGRES ?? 'postgres://postgres@127.0.0.1:5432/test'
const there = await new Promise<boolean>(resolve => {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: 3_000 })
  client.connect().then(
    () => client.end().then(() => resolve(true)),
    () => resolve(process.env.GUISE_SERVICES === '1'),
  )
})

let program: Bundle
beforeAll(async () => {
  program = await bundle('examples/dailyfeed/content/main.ts')
}, 60_000)
afterAll(() => program.clear())

async function watch(place: Place, chosen?: readonly NotifyScene[]) {
  const lines: string[] = []
  const to = { place, main: program.file }
  const broken = await playNotices(line => lines.push(line), paintFor(false), to, chosen)
  return { broken, text: lines.join('\n') }
}

const wanted = (chosen: readonly NotifyScene[]) =>
  chosen.map(({ title }) => new RegExp(`\n${title.split(' ')[0]}  .+\n(  dailyfeed: .+\n)?  Here: .+\n  ✓`))

describe('the notices of the demo', () => {
  it('hold every claim on SQLite, and leave no file', LONG, async () => {
    const place = await onSqlite()
    const files: string[] = []
    const make = async () => {
      const data = await place.make()
      files.push(data.env.DATABASE_URL ?? '')
      return data
    }
    const { broken, text } = await watch({ ...place, make })
    expect(broken).toEqual([])
    for (const scene of wanted(scenes)) expect(text).toMatch(scene)
    const numbers = ['A1', 'A2', 'A3', 'A4', 'A5', 'A6', 'A7', 'A8', 'A9', 'A10', 'A14', 'A15', 'A16', 'A17']
    expect(scenes.map(({ title }) => title.split(' ')[0])).toEqual(numbers)
    expect(files).toHaveLength(2)
    expect(files.filter(existsSync)).toEqual([])
  })

  it.skipIf(!there)(
    `hold on PostgreSQL with two workers, and leave no schema${there ? '' : ' (skipped: no PostgreSQL on this machine)'}`,
    LONG,
    async () => {
      const chosen = scenes.filter(({ title }) => /^A(?:1|2|5|7|9|10|17) /.test(title))
      const schemas: string[] = []
      const place = await onPostgres(url)
      const make = async () => {
        const data = await place.make()
        schemas.push(data.env.DATABASE_SCHEMA ?? '')
        return data
      }
      const { broken, text } = await watch({ ...place, make }, chosen)
      expect(broken).toEqual([])
      for (const scene of wanted(chosen)) expect(text).toMatch(scene)
      const client = new Client({ connectionString: url })
      await client.connect()
      const left = await client.query('select nspname from pg_namespace where nspname = any($1)', [schemas])
      await client.end()
      expect(schemas).toHaveLength(2)
      expect(left.rows).toEqual([])
    },
  )

  it('note a claim that does not hold, and a scene that breaks off, and go on', LONG, async () => {
    const one = (title: string, run: NotifyScene['run']): NotifyScene => ({ title, here: 'x', run })
    const { broken, text } = await watch(await onSqlite(), [
      one('first', async stage => stage.claim('no', false)),
      one('second', (_, system) => system.killHolder('nobody')),
      one('third', async stage => stage.claim('yes', true)),
    ])
    expect(broken).toEqual(['first: no', 'second: the scene broke off: Error: nobody has it in his hands'])
    expect(text).toContain('✓ yes')
  })
})
