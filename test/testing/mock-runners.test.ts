// Mocks belong to no test runner: they work under node:test, and what they throw is shown there whole.
import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const run = promisify(execFile)

/** Under node:test: without TypeScript, decorators are functions that are called. */
const TEST = `
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Get, Param, Responses, remote, returns } from './dist/index.js'
import { MockError, mock, reset, verify } from './dist/testing/index.js'
import { z } from 'zod'

class MemberClient {
  byId(id) { return remote(id) }
}
const descriptor = Object.getOwnPropertyDescriptor(MemberClient.prototype, 'byId')
Get('/members/{id}')(MemberClient.prototype, 'byId', descriptor)
Responses({ 200: z.object({ id: z.number() }), 404: returns(null) })(MemberClient.prototype, 'byId', descriptor)
Param('id')(MemberClient.prototype, 'byId', 0)

test('passes', async () => {
  const members = mock(MemberClient)
  members.byId.returns({ id: 7 }).once().respond({ status: 404 })
  assert.equal(await members.byId(7), null)
  assert.deepEqual(await members.byId(8), { id: 7 })
  assert.deepEqual(members.byId.calls, [[7], [8]])
  verify(members)
  assert.throws(() => members.byId.returns({ id: '7' }), MockError)
  reset(members)
})
test('fails', async () => {
  await mock(MemberClient).byId(7)
})
`

describe('under node:test', () => {
  let directory: string
  let printed: string

  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'guise-mock-'))
    const tsc = join(root, 'node_modules/typescript/bin/tsc')
    const build = [tsc, '-p', 'tsconfig.build.json', '--outDir', join(directory, 'dist')]
    // Mistakes in the sources are for `npm run check` to find.
    await run(process.execPath, build, { cwd: root }).catch(() => undefined)
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    writeFileSync(join(directory, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(directory, 'mock.test.js'), TEST)
    // A runner within a runner would speak to the outer one.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const options = { cwd: directory, env: { ...env, NO_COLOR: '1' } }
    const result = run(process.execPath, ['--test', '--test-reporter=spec', 'mock.test.js'], options)
    printed = await result.then(
      ({ stdout }) => stdout,
      ({ stdout }: { stdout: string }) => stdout,
    )
  }, 60_000)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it('a mock does what it is told', () => {
    expect(printed).toMatch(/✔ passes/)
    expect(printed).toMatch(/pass 1\n.*fail 1/)
  })

  it('a failure shows the call, and what to do', () => {
    expect(printed).toMatch(/✖ fails/)
    expect(printed).toContain('MemberClient.byId(7) was not expected: nothing is set up for byId')
    expect(printed).toContain('Tell the mock what to do: byId.returns(value)')
    expect(printed).toMatch(/at .*mock\.test\.js:\d+/)
  })
})

it('guise/testing imports no test runner', () => {
  const sources = readdirSync(join(root, 'src/testing')).map(name =>
    readFileSync(join(root, 'src/testing', name), 'utf8'),
  )
  const imported = sources.flatMap(source =>
    [...source.matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, name]) => name),
  )
  expect(imported).toContain('node:async_hooks')
  expect(imported.filter(name => /vitest|jest|node:test|mocha|chai/.test(name ?? ''))).toEqual([])
})
