// The clients of dailyfeed are a tenth of the 1,660 lines of glue that they replace.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'

const folder = new URL('../../examples/dailyfeed/clients/', import.meta.url)
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.ts'))
const lines = files.flatMap(name => readFileSync(new URL(name, folder), 'utf8').trimEnd().split('\n'))

it('take at most 166 lines, imports, comments and blank lines included', () => {
  expect(files.length).toBeGreaterThan(1)
  expect(lines.length).toBeLessThanOrEqual(166)
})

it('are not short by being wide', () => {
  expect(lines.filter(line => line.length > 120)).toEqual([])
})
