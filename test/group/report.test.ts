// The report and its error, for outcomes and orders of every kind.
import { inspect } from 'node:util'
import fc from 'fast-check'
import { createGroup, type Delivery, GroupError, type GroupReport, HttpError, type Transport } from 'guise'
import { describe, expect, it } from 'vitest'
import { recording, responseOf } from '../support/recording.js'
import { collected, Events } from './support.js'

class Taken extends HttpError {
  constructor(reply: ConstructorParameters<typeof HttpError>[0]) {
    super(reply)
    this.message = 'canary'
  }
}

const report = (failed: { error: unknown; attempts: number }[], delivered = 0): GroupReport => ({
  ok: false,
  delivered: Array.from({ length: delivered }, (_, i) => ({
    ok: true,
    target: `d${i}`,
    value: 'canary',
    attempts: 1,
  })),
  failed: failed.map((one, i) => ({ ok: false, target: `t${i}`, ...one })),
  orThrow: () => ({}),
})

describe('GroupError', () => {
  it('says why without a word of another’s: names, statuses and counts only', () => {
    const odd = new Error('canary')
    odd.name = 'can ary'
    const error = new GroupError(
      report(
        [
          { error: new Taken({ status: 409, body: 'canary' }), attempts: 2 },
          { error: new RangeError('canary'), attempts: 0 },
          { error: odd, attempts: 1 },
          { error: 'canary', attempts: 1 },
        ],
        1,
      ),
      { method: 'Events.created' },
    )
    expect(error.message).toBe(
      'Events.created: 4 of 5 targets failed: t0 (Taken 409, 2 attempts); t1 (RangeError, nothing was sent); ' +
        't2 (Error, 1 attempt); t3 (string, 1 attempt)',
    )
    expect(error.attempts).toBe(5)
    expect(inspect(error, { depth: 9 }) + JSON.stringify(error) + error.stack).not.toMatch(/can ?ary/)
    expect(error).toBeInstanceOf(GroupError)
    expect(error.name).toBe('GroupError')
    expect(new GroupError(report([{ error: odd, attempts: 1 }])).message).toContain('1 of 1 target failed')
  })

  it.each<[string, [Delivery | undefined, number][], Delivery]>([
    [
      'nothing was sent to any',
      [
        ['not-sent', 0],
        [undefined, 0],
      ],
      'not-sent',
    ],
    [
      'one answered',
      [
        ['not-sent', 0],
        ['answered', 1],
      ],
      'answered',
    ],
    [
      'one may have got it',
      [
        ['answered', 1],
        ['unknown', 1],
        ['not-sent', 0],
      ],
      'unknown',
    ],
    ['an error of another’s came after a request', [[undefined, 1]], 'unknown'],
  ])('knows as little of the delivery as of the worst failure: %s', (_, failures, delivery) => {
    const failed = failures.map(([of, attempts]) => ({
      error: of === undefined ? new Error() : new HttpError({ status: 500, delivery: of }),
      attempts,
    }))
    expect(new GroupError(report(failed)).delivery).toBe(delivery)
  })
})

describe('results', () => {
  it('come in the order in which targets are done, and are reported in the order of the targets', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc
          .array(fc.constantFrom(200, 404), { minLength: 1, maxLength: 6 })
          .chain(statuses =>
            fc.tuple(
              fc.constant(statuses),
              fc.shuffledSubarray([...statuses.keys()], { minLength: statuses.length }),
            ),
          ),
        async ([statuses, order]) => {
          const answers = new Map<string, () => void>()
          const transport: Transport = {
            send: ({ origin }) =>
              new Promise(resolve => {
                const at = Number(origin.slice('http://t'.length))
                answers.set(origin, () => resolve(responseOf({ status: statuses[at] as number })))
              }),
            close: async () => {},
          }
          const targets = Object.fromEntries(statuses.map((_, i) => [`t${i}`, `http://t${i}`]))
          const group = createGroup(Events, { targets, transport })
          const call = group.byId(1)
          const early = call[Symbol.asyncIterator]()
          const seen: string[] = []
          for (const at of order) {
            const next = early.next()
            answers.get(`http://t${at}`)?.()
            const { value } = await next
            seen.push(value?.target as string)
          }
          expect(seen).toEqual(order.map(at => `t${at}`))
          expect((await early.next()).done).toBe(true)
          const whole = await call
          const names = (ok: boolean) =>
            statuses.flatMap((status, i) => ((status === 200) === ok ? [`t${i}`] : []))
          expect(whole.delivered.map(({ target }) => target)).toEqual(names(true))
          expect(whole.failed.map(({ target }) => target)).toEqual(names(false))
          expect(whole.ok).toBe(names(false).length === 0)
          expect((await collected(call)).map(({ target }) => target)).toEqual(seen)
        },
      ),
      { numRuns: 60 },
    )
  })
})

it('a method of the prototype that a field of the instance hides is left alone', () => {
  class Hidden extends Events {
    override readonly add = 7 as never
  }
  const group = createGroup(Hidden, { targets: { a: 'http://a' }, transport: recording() })
  expect(Reflect.get(group, 'add')).toBe(7)
})
