/** A service that is notified, an outbox with a clock that stands still, and a way to let all attempts happen. */
import { Body, Client, IdempotencyKey, nothing, Post, Responses, remote } from 'guise'
import {
  createOutbox,
  type DeliveryRecord,
  memoryStore,
  type Outbox,
  type OutboxOptions,
  type OutboxTargetOptions,
} from 'guise/outbox'
import { mockTransport, type TestClock, testClock } from 'guise/testing'
import { z } from 'zod'

export const Post10 = z.object({ postId: z.int() })

@Client({ name: 'activity', path: '/api' })
export class Activity {
  @Post('/posts')
  @Responses({ 201: nothing() })
  created(@Body(Post10) post: { postId: number }, @IdempotencyKey() id?: string): Promise<void> {
    return remote(post, id)
  }

  @Post('/likes')
  @Responses({ 201: nothing() })
  liked(@Body(Post10) post: { postId: number }): Promise<void> {
    return remote(post)
  }
}

/** A wall clock of this century. */
export const NOW = 1_800_000_000_000
export const url = 'http://activity:8080'

export interface Setup {
  readonly outbox: Outbox
  readonly activity: ReturnType<typeof clientOf>
  readonly clock: TestClock
  readonly transport: ReturnType<typeof mockTransport>
  readonly dead: DeliveryRecord[]
}

const clientOf = (outbox: Outbox, options: OutboxTargetOptions<Activity>) => outbox.client(Activity, options)

/** An outbox for one service that gives these answers, the last one for ever. */
export function setUp(
  answers: Parameters<typeof mockTransport>[0],
  options: Partial<OutboxOptions> = {},
  target: Partial<OutboxTargetOptions<Activity>> = {},
): Setup {
  const clock = testClock({ wallNow: NOW })
  const transport = mockTransport(answers)
  const dead: DeliveryRecord[] = []
  const outbox = createOutbox({
    store: memoryStore(),
    clock,
    onDead: record => {
      dead.push(record)
    },
    ...options,
  })
  // Without a circuit each answer is one attempt's, whatever the others were.
  const activity = clientOf(outbox, { url, transport, circuitBreaker: false, ...target })
  return { outbox, activity, clock, transport, dead }
}

/** Lets everything happen that ever will, from attempt to attempt. */
export async function settle(
  { outbox, clock }: Pick<Setup, 'outbox' | 'clock'>,
  id: string,
): Promise<DeliveryRecord> {
  for (let round = 0; round < 60; round++) {
    await outbox.drain()
    const [record] = await outbox.find(id)
    if (record === undefined) throw new Error(`${id} is not in the store`)
    if (record.state !== 'pending') return record
    await clock.advance(Math.max(1, record.nextAttemptAt - clock.wallNow()))
  }
  throw new Error(`${id} is not settled after 60 rounds`)
}
