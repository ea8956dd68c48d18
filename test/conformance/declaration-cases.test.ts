/** Every declaration case of OpenFeign and Retrofit passes, or stands in the list of differences and does what it says. */
import { describe, expect, it } from 'vitest'
import { type Case, cases } from './case.js'
import { differences } from './differences.js'
import { distorted } from './distort.js'
import { runners } from './runners.js'

const run = async (one: Case): Promise<void> => {
  const runner = runners[one.kind]
  if (runner === undefined) throw new Error(`nothing runs a case of the kind ${one.kind}`)
  await runner(one)
}

const kinds = [...new Set(cases.map(({ kind }) => kind))]
const passing = cases.filter(({ id }) => !differences.has(id))

describe.each(kinds)('%s', kind => {
  const ofKind = passing.filter(one => one.kind === kind)
  const listed = cases.filter(one => one.kind === kind && differences.has(one.id))

  for (const one of ofKind) it(one.id, () => run(one))
  for (const one of listed) it(`${one.id} differs (${differences.get(one.id)?.reason})`, () => differs(one))

  if (ofKind.length === 0) return
  it('fails where an expectation is changed', async () => {
    const survivors: string[] = []
    for (const one of ofKind) {
      for (const { field, changed } of distorted(one)) {
        const failed = await run(changed).then(
          () => false,
          () => true,
        )
        if (!failed) survivors.push(`${one.id}: ${field}`)
      }
    }
    expect(survivors).toEqual([])
  })
})

/** The case does not pass, and guise does what the list says instead. */
async function differs(one: Case): Promise<void> {
  const instead = differences.get(one.id)?.instead
  if (instead === undefined) {
    expect(runners[one.kind], 'a case that can be run says what guise does instead').toBeUndefined()
    return
  }
  await expect(run(one), 'if it passes, take it off the list; else say what guise does').rejects.toThrow(
    instead,
  )
}

describe('the list of differences', () => {
  it('names known cases only', () => {
    const known = new Set(cases.map(({ id }) => id))
    expect([...differences.keys()].filter(id => !known.has(id))).toEqual([])
  })

  it('gives each a reason of a known sort', () => {
    const sort =
      /^(?:features 0\.(?:\d|1[0-2])|design [1-9]|reliability [1-5]\.\d, row \d+|Java artefact|later issue): ./
    expect([...differences].filter(([, { reason }]) => !sort.test(reason))).toEqual([])
  })

  it('leaves no case without a test', () => {
    expect(new Set(cases.map(({ id }) => id)).size).toBe(cases.length)
    expect(cases.length).toBeGreaterThan(200)
    expect(passing.filter(({ kind }) => runners[kind] === undefined)).toEqual([])
  })
})
