/** The table of ROWS.md says the truth: each row stands in it once, and each file that it names has a test for it. */
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const read = (path: string) => readFileSync(fileURLToPath(new URL(path, root)), 'utf8')

interface Row {
  readonly id: string
  readonly files: readonly string[]
  readonly why: string
}

const table: readonly Row[] = read('test/faults/ROWS.md')
  .split('\n')
  .filter(line => /^\| (F|row )\d/.test(line))
  .map(line => {
    const [, id = '', , files = '', why = ''] = line.split('|').map(cell => cell.trim())
    return { id, files: files.split(', ').filter(Boolean), why }
  })

const names = new Map<string, readonly string[]>()

/** All that stands in quotes in a test file, without what is commented out. */
function quoted(file: string): readonly string[] {
  let found = names.get(file)
  if (found === undefined) {
    const code = read(file)
      .replace(/^\s*\/\/.*$/gm, '')
      .replace(/\/\*[\s\S]*?\*\//g, '')
    found = [...code.matchAll(/(['"`])((?:\\.|(?!\1).)*)\1/g)].map(([, , text = '']) => text)
    names.set(file, found)
  }
  return found
}

/** Whether a name begins with the row: `F12 ...`, `row 12: ...`, `rows 7 and 8: ...`, `rows 3, 5 and 6`, `rows 1 to 6`. */
function isFor(name: string, id: string): boolean {
  if (id.startsWith('F')) return new RegExp(`^${id}(?!\\d)`).test(name)
  const numbers = /^rows? ((?:\d+(?:, | and | to )?)+)/.exec(name)?.[1] ?? ''
  const wanted = Number(id.slice(4))
  const span = /^(\d+) to (\d+)/.exec(numbers)
  if (span !== null) return Number(span[1]) <= wanted && wanted <= Number(span[2])
  return (numbers.match(/\d+/g) ?? []).some(number => Number(number) === wanted)
}

test('the table has each row once', () => {
  const count = (prefix: string) => Array.from({ length: 50 }, (_, i) => `${prefix}${i + 1}`)
  expect(table.map(({ id }) => id)).toEqual([...count('F'), ...count('row ')])
})

test.each(table)('the table is right of $id', ({ id, files, why }) => {
  // A row without a test has a reason.
  if (files.length === 0) expect(why).toMatch(/later/)
  for (const file of files) {
    expect(existsSync(fileURLToPath(new URL(file, root))), file).toBe(true)
    expect(
      quoted(file).some(name => isFor(name, id)),
      `${file} has no test whose name begins with ${id}`,
    ).toBe(true)
  }
})
