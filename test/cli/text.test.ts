// What the commands write, whatever they are given.
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { mermaid } from '../../src/cli/mermaid.js'
import { bareUrls, duration, durationOf, firstLine, printable, table } from '../../src/cli/text.js'

const text = fc.string({ unit: 'binary', maxLength: 20 })
const how = fc.constantFrom('group' as const, 'outbox' as const)

it('a flowchart has its nodes and arrows and nothing else, whatever the names are', () => {
  const path = fc.record({ from: text, service: text, method: text, target: text, url: text, how })
  fc.assert(
    fc.property(fc.array(path, { minLength: 1, maxLength: 5 }), paths => {
      const [head, ...lines] = mermaid(paths).trimEnd().split('\n')
      expect(head).toBe('flowchart LR')
      for (const line of lines)
        expect(line).toMatch(/^ {2}(n\d+\["[^"`&\\]*"\]|n\d+ (-->|==>)\|"[^"`&\\]*"\| n\d+)$/)
      const labels =
        lines
          .join()
          .replaceAll('<br/>', '')
          .match(/"[^"]*"/g) ?? []
      for (const label of labels) expect(label).not.toMatch(/[<>]/)
    }),
  )
})

it('a table has one line for each row, and its columns begin at the same place', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(text, text), { maxLength: 5 }), rows => {
      const lines = table(['ONE', 'TWO'], rows).split('\n')
      expect(lines).toHaveLength(rows.length + 1)
      const at = (lines[0] as string).indexOf('TWO')
      for (const [i, [first]] of rows.entries()) {
        const cell = first === '' ? '-' : printable(first)
        expect(lines[i + 1]?.slice(0, at).trimEnd()).toBe(cell.trimEnd())
      }
    }),
  )
})

it('a time is read as it is written', () => {
  const unit = fc.constantFrom(
    ['s', 59, 1000],
    ['m', 59, 60_000],
    ['h', 23, 3_600_000],
    ['d', 99, 86_400_000],
  )
  fc.assert(
    fc.property(unit, fc.nat(), (one, number) => {
      const [letter, most, size] = one as [string, number, number]
      const count = 1 + (number % most)
      expect(duration(count * size)).toBe(`${count}${letter}`)
      expect(durationOf(`${count}${letter}`)).toBe(count * size)
    }),
  )
})

it.each([
  ['http://user:canary@h:80/a/?k=canary#canary', 'http://h/a'],
  ['http://a, http://b/', 'http://a, http://b'],
  ['unix:x?canary', 'unix:x'],
  ['nowhere://u:p@q@h?canary', 'nowhere://h'],
  ['no url\n', 'no url?'],
])('%j is shown as %j', (url, shown) => expect(bareUrls(url)).toBe(shown))

it('a message of another’s is one line without credentials', () => {
  expect(firstLine('at postgres://u:c/an@ary@h/x failed\nsecond')).toBe('at postgres://h/x failed')
})
