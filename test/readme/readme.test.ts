/** The README's code is run: each of its blocks stands, to the letter, in one of this folder's files. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test, vi } from 'vitest'

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8')
const dedented = (text: string) => text.replace(/^[ \t]+/gm, '')

const blocks = [...read('../../README.md').matchAll(/```ts\n(.*?)```/gs)].map(match => match[1] as string)
const files = readdirSync(new URL('.', import.meta.url)).filter(name => name !== 'readme.test.ts')
const code = files.map(name => dedented(read(name)))

test('the README has code', () => {
  expect(blocks.length).toBeGreaterThan(8)
})

test.each(blocks)('this block is run by a test:\n%s', block => {
  expect(code.some(text => text.includes(dedented(block)))).toBe(true)
})

test('the first call prints what the README says', async () => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  await import('./first.js')
  const printed = log.mock.calls
  log.mockRestore()
  expect(printed).toEqual([[{ id: 7, name: 'kim' }], [null]])
})
