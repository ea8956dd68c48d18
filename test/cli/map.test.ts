// `guise map`: who notifies whom, as text and as Mermaid.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Body, Client, createClient, createGroup, Post, remote } from 'guise'
import { afterAll, describe, expect, it } from 'vitest'
import { declareTargets } from '../../src/group/targets.js'
import { run } from './support.js'

@Client({ name: 'activity' })
class PostEvents {
  @Post('/created') created(@Body() post: object): Promise<void> {
    return remote(post)
  }
  @Post('/deleted') deleted(@Body() post: object): Promise<void> {
    return remote(post)
  }
}

const cwd = mkdtempSync(join(tmpdir(), 'guise-map-'))
afterAll(() => rmSync(cwd, { recursive: true }))
for (const name of ['a.js', 'b.js', 'c.ts']) writeFileSync(join(cwd, name), '')

/** Runs `guise map`; each module exports what is given for it. */
function map(modules: Record<string, unknown>, ...args: string[]) {
  const load = async (file: string) => {
    const exports = modules[file.slice(cwd.length + 1)]
    if (exports instanceof Error) throw exports
    return exports
  }
  return run(['map', ...Object.keys(modules), ...args], { cwd, load })
}

const group = () =>
  createGroup(PostEvents, {
    targets: { activity: 'http://activity-svc:8080/api', ads: { url: () => 'http://ads' } },
  })

function outbox() {
  const guise = {}
  declareTargets(guise, () => [
    {
      service: 'audit',
      method: 'Audit.noted',
      target: 'audit',
      url: 'https://user:canary@audit/base/?key=canary#canary',
      how: 'outbox',
      from: 'content-svc',
    },
  ])
  return guise
}

describe('guise map', () => {
  it('prints each method and target, with the URL where it is known', async () => {
    writeFileSync(join(cwd, 'package.json'), '{"name":"content-svc"}')
    const { code, out, err } = await map({ 'a.js': { notifier: group() }, 'b.js': { default: outbox() } })
    expect([code, err]).toEqual([0, ''])
    expect(out).toBe(
      [
        'content-svc notifies:',
        'SERVICE   METHOD              HOW     TARGET    URL',
        'activity  PostEvents.created  group   activity  http://activity-svc:8080/api',
        'activity  PostEvents.created  group   ads       (asked for each call)',
        'activity  PostEvents.deleted  group   activity  http://activity-svc:8080/api',
        'activity  PostEvents.deleted  group   ads       (asked for each call)',
        'audit     Audit.noted         outbox  audit     https://audit/base',
        '',
      ].join('\n'),
    )
  })

  it('draws a flowchart, with one arrow for all methods between two', async () => {
    const { out } = await map(
      { 'a.js': { group: group(), audit: outbox() } },
      '--mermaid',
      '--from',
      'my "svc" #1 <b>',
    )
    expect(out).toBe(
      [
        'flowchart LR',
        '  n0["my #34;svc#34; #35;1 #60;b#62;"]',
        '  n1["activity<br/>http://activity-svc:8080/api"]',
        '  n2["ads<br/>(asked for each call)"]',
        '  n3["audit<br/>https://audit/base"]',
        '  n0 -->|"PostEvents.created<br/>PostEvents.deleted"| n1',
        '  n0 -->|"PostEvents.created<br/>PostEvents.deleted"| n2',
        '  n0 ==>|"Audit.noted"| n3',
        '',
      ].join('\n'),
    )
  })

  it('finds guises in lists, objects, maps and instances of the exports, each once, and calls no getter', async () => {
    const [one, two, three] = [group(), group(), group()]
    const called: string[] = []
    class App {
      readonly notifier = three
      get secret() {
        called.push('getter')
        return group()
      }
    }
    const exports = {
      one,
      again: one,
      list: [one, two, null, 7],
      map: new Map([['x', two]]),
      app: new App(),
      get lazy() {
        return called.push('getter')
      },
      client: createClient(PostEvents, { url: 'http://x' }),
      nothing: null,
      run() {},
    }
    const { out } = await map({ 'a.js': exports, 'b.js': { one } })
    expect(out.match(/PostEvents.created +group +activity/g)).toHaveLength(3)
    expect(called).toEqual([])
  })

  it('names the sender by --from, else by what the outbox says, else by the package, else not', async () => {
    const senders = async (...args: string[]) => {
      const { out } = await map({ 'a.js': { a: group(), b: outbox() } }, ...args)
      return [...out.matchAll(/^(.*) notifies:$/gm)].map(([, name]) => name)
    }
    writeFileSync(join(cwd, 'package.json'), '{"name":"here"}')
    expect(await senders()).toEqual(['here', 'content-svc'])
    expect(await senders('--from', 'me')).toEqual(['me'])
    writeFileSync(join(cwd, 'package.json'), '{')
    expect(await senders()).toEqual(['this service', 'content-svc'])
  })

  it.each<[string, Record<string, unknown>, number, string]>([
    ['no module', {}, 2, 'map needs a module: guise map ./dist/notify.js'],
    ['a module that is not there', { 'none.js': {} }, 1, 'there is no module none.js'],
    [
      'modules without a group',
      { 'a.js': { x: 1 }, 'b.js': {} },
      1,
      'no group and no outbox is among the exports of these modules',
    ],
    [
      'a module that throws',
      { 'a.js': new TypeError('no database at postgres://u:canary@db/x\nstack') },
      1,
      'cannot import a.js: TypeError: no database at postgres://db/x',
    ],
    [
      'TypeScript that Node cannot run',
      { 'c.ts': new SyntaxError('Invalid or unexpected token') },
      1,
      'cannot import c.ts: SyntaxError: Invalid or unexpected token; compile it first and give the .js file: Node runs no decorators',
    ],
  ])('refuses %s in one line', async (_, modules, code, message) => {
    expect(await map(modules)).toEqual({ code, out: '', err: `guise: ${message}\n` })
  })
})
