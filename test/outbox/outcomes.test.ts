/** What each answer makes of a message: how often it is sent, and how it ends (reliability, 2.5; O7). */

import { describe, expect, test } from 'vitest'
import { settle, setUp } from './support.js'

interface End {
  readonly state: string
  readonly reason: string | null
  readonly sends: number
}
const dead = (reason: string, sends: number): End => ({ state: 'dead', reason, sends })

describe('a status that always comes', () => {
  test.each<readonly [number, End]>([
    ...[400, 405, 406, 409, 411, 412, 413, 414, 415, 422, 426, 428, 431, 451, 501, 505].map(
      status => [status, dead('rejected', 1)] as const,
    ),
    [410, dead('gone', 1)],
    [508, dead('loop', 1)],
    ...[301, 302, 307, 401, 403, 404, 421].map(status => [status, dead('rejected', 3)] as const),
    ...[408, 425, 429, 500, 502, 503, 504, 599].map(status => [status, dead('exhausted', 10)] as const),
    [201, { state: 'delivered', reason: null, sends: 1 }],
    // Not the success that was declared: whether it was processed nobody knows.
    [200, dead('exhausted', 10)],
  ])('%i', async (status, expected) => {
    const made = setUp({ status })
    const { id } = await made.activity.created({ postId: 10 })
    const record = await settle(made, id)
    expect(record).toMatchObject({ ...expected, attempts: expected.sends, lastStatus: status })
    expect(made.transport.requests).toHaveLength(expected.sends)
    expect(made.dead).toHaveLength(expected.state === 'dead' ? 1 : 0)
    await made.outbox.close()
  })
})
