/** The official cases of RFC 6570, all of them. */
import { readFileSync } from 'node:fs'
import { parseTemplate, type TemplateInput } from 'guise/template'
import { describe, expect, it } from 'vitest'

interface Group {
  readonly variables: Readonly<Record<string, TemplateInput>>
  readonly testcases: readonly (readonly [template: string, expected: string | readonly string[] | false])[]
}

function groupsOf(file: string): [string, Group][] {
  const text = readFileSync(new URL(`../cases/uritemplate/${file}`, import.meta.url), 'utf8')
  return Object.entries(JSON.parse(text) as Record<string, Group>)
}

// The counts make sure that no case is lost on the way.
for (const [file, count] of [
  ['spec-examples.json', 64],
  ['spec-examples-by-section.json', 117],
] as const) {
  describe(file, () => {
    const groups = groupsOf(file)

    it(`has ${count} cases`, () => {
      expect(groups.flatMap(([, group]) => group.testcases)).toHaveLength(count)
    })

    for (const [title, { variables, testcases }] of groups) {
      for (const [template, expected] of testcases) {
        if (expected === false) {
          it(`${title}: refuses ${template}`, () => {
            expect(() => parseTemplate(template).expand(variables)).toThrow()
          })
        } else {
          it(`${title}: expands ${template}`, () => {
            expect([expected].flat()).toContain(parseTemplate(template).expand(variables))
          })
        }
      }
    }
  })
}
