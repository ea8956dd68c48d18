// The program itself: help, version, commands that it does not know; and once as a process, on compiled code.
import { execFile } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openStore } from '../../src/cli/open-store.js'
import { duration, durationOf, table } from '../../src/cli/text.js'
import { sqliteStore } from '../../src/outbox/stores/sqlite.js'
import { compile, root } from '../types/compilers.js'
import { delivery, run } from './support.js'

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

describe('guise', () => {
  it.each(['--help', '-h', 'help'])('%s explains all commands', async word => {
    const { code, out, err } = await run([word])
    expect([code, err]).toEqual([0, ''])
    for (const name of ['map', 'stats', 'dead', 'show', 'replay', 'cancel', 'pause', 'resume']) {
      expect(out).toMatch(new RegExp(`^ +(guise )?${name} `, 'm'))
    }
    expect(await run(['outbox', '--help'])).toEqual({ code, out, err })
  })

  it('--version prints the version', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
  })

  it.each<[string[], string]>([
    [[], 'a command is missing; see guise --help'],
    [['destroy'], 'there is no command destroy; see guise --help'],
    [['toString'], 'there is no command toString; see guise --help'],
    [['map', '--nope'], "Unknown option '--nope'"],
  ])('%j ends with 2 and one line', async (args, message) => {
    expect(await run(args)).toEqual({ code: 2, out: '', err: `guise: ${message}\n` })
  })
})

describe('text', () => {
  it.each([
    [0, '0s'],
    [-5, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [192_000, '3m 12s'],
    [3_600_000, '1h'],
    [3_605_000, '1h'],
    [90_061_000, '1d 1h'],
  ])('%i ms is %s', (milliseconds, text) => expect(duration(milliseconds)).toBe(text))

  it.each([
    ['90s', 90_000],
    ['7d', 604_800_000],
    ['1.5h', undefined],
    ['5', undefined],
    ['', undefined],
  ])('%j is %s ms', (text, milliseconds) => expect(durationOf(text)).toBe(milliseconds))

  it('a table without rows has its head', () => expect(table(['A', 'B'], [])).toBe('A  B'))
})

describe('a store that a URL names', () => {
  let cwd: string
  beforeAll(() => {
    cwd = mkdtempSync(join(tmpdir(), 'guise-store-'))
    symlinkSync(join(root, 'node_modules'), join(cwd, 'node_modules'))
  })
  afterAll(() => rmSync(cwd, { recursive: true }))

  it('may be an SQLite file, with the drivers of the project', async () => {
    const file = join(cwd, 'outbox.db')
    const Database = createRequire(import.meta.url)('libsql')
    const db = new Database(file)
    const made = sqliteStore(db)
    await made.open()
    await made.record([delivery({ dead: 'rejected' })])
    db.close()
    for (const url of ['sqlite:outbox.db', 'sqlite:./outbox.db', `sqlite://${file}`]) {
      const { code, out, err } = await run(['outbox', url, 'dead'], { cwd, openStore })
      expect([code, err]).toEqual([0, ''])
      expect(out).toContain('msg_1')
    }
  })

  it('is not made if it is not there', async () => {
    const { code, err } = await run(['outbox', 'sqlite:none.db', 'stats'], { cwd, openStore })
    expect([code, err]).toEqual([1, `guise: there is no file ${join(cwd, 'none.db')}\n`])
    expect(existsSync(join(cwd, 'none.db'))).toBe(false)
  })

  it.each([
    ['mysql://user:canary@db/x', 'the store must be sqlite:<file> or postgres://<host>/<database>'],
    ['postgres://user:canary@:x:/', 'the URL of the store is malformed'],
  ])('is refused if it is none, and not quoted', async (url, message) => {
    const { code, out, err } = await run(['outbox', url, 'stats'], { cwd, openStore })
    expect([code, out, err]).toEqual([2, '', `guise: ${message}\n`])
  })

  it('that cannot be reached is told without its password', async () => {
    const url = 'postgres://user:canary@127.0.0.1:1/x?password=canary'
    const { code, err } = await run(['outbox', url, 'stats'], { cwd, openStore })
    expect(code).toBe(1)
    expect(err).toMatch(/^guise: .*ECONNREFUSED.*\n$/)
    expect(err).not.toContain('canary')
  })

  it('needs a driver of the project', async () => {
    const bare = mkdtempSync(join(tmpdir(), 'guise-bare-'))
    const { code, err } = await run(['outbox', 'postgres://user@127.0.0.1:1/x', 'stats'], {
      cwd: bare,
      openStore,
    })
    rmSync(bare, { recursive: true })
    expect([code, err]).toEqual([1, 'guise: install pg here to reach PostgreSQL\n'])
  })
})

describe('as a process', () => {
  let directory: string
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'guise-cli-'))
    const dist = join(directory, 'package/dist')
    await compile('typescript', root, '-p', 'tsconfig.build.json', '--outDir', dist)
    cpSync(join(root, 'package.json'), join(directory, 'package/package.json'))
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    const project = join(directory, 'project')
    mkdirSync(join(project, 'node_modules'), { recursive: true })
    symlinkSync(join(directory, 'package'), join(project, 'node_modules/guise'))
    writeFileSync(join(project, 'package.json'), '{"name":"content-svc","type":"module"}')
    writeFileSync(
      join(project, 'notify.js'),
      `import { createServer } from 'node:http'
       import { createGroup, Post } from 'guise'
       class Events { created() {} }
       Post('/created')(Events.prototype, 'created', Object.getOwnPropertyDescriptor(Events.prototype, 'created'))
       createServer().listen(0, '127.0.0.1')
       export const notifier = createGroup(Events, { targets: { activity: 'http://activity-svc' } })`,
    )
  }, 120_000)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  const guise = (...args: string[]) =>
    new Promise<[unknown, string, string]>(resolve => {
      const program = join(directory, 'project/node_modules/guise/dist/cli/index.js')
      execFile(process.execPath, [program, ...args], { cwd: join(directory, 'project') }, (error, out, err) =>
        resolve([error?.code ?? 0, out, err]),
      )
    })

  it('maps a module of a project, and ends although that module began to listen', async () => {
    const [code, out, err] = await guise('map', './notify.js')
    expect([code, err]).toEqual([0, ''])
    expect(out).toContain('content-svc notifies:')
    expect(out).toMatch(/Events.created +group +activity +http:\/\/activity-svc/)
    expect(await guise('nope')).toEqual([2, '', 'guise: there is no command nope; see guise --help\n'])
    expect(await guise('--version')).toEqual([0, `${version}\n`, ''])
  })
})
