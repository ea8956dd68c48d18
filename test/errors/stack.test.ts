// Where the stack of an error leads: to the line that made the call.
import { fileURLToPath } from 'node:url'
import {
  circuitsOf,
  createClient,
  type ErrorReply,
  Get,
  HttpError,
  Param,
  Responses,
  remote,
  type Transport,
  throws,
} from 'guise'
import { type MockAnswer, mockTransport } from 'guise/testing'
import { beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closing, refusing, serve } from '../client/support.js'

class Own extends Error {
  constructor({ status }: ErrorReply) {
    super(`own ${status}`)
  }
}
class Api {
  @Get('/{id}')
  @Responses({
    200: z.object({ a: z.number().refine(async () => true) }),
    409: throws(class Down extends HttpError {}),
    410: throws(Own),
  })
  get(@Param('id') id: number): Promise<unknown> {
    return remote(id)
  }

  /** An ordinary method of the same class. */
  async twice(id: number): Promise<unknown> {
    return [await this.get(id), await this.get(id)]
  }
}

/** `file:line` of the frames of a stack that are the user's: not Node's, not guise's. */
function userFrames({ stack = '' }: Error): string[] {
  const source = fileURLToPath(new URL('../../src/', import.meta.url))
  return [...stack.matchAll(/^ {4}at .*?([^\s(]+:\d+):\d+\)?$/gm)]
    .map(([, frame = '']) => frame.replace('file://', ''))
    .filter(frame => !frame.startsWith('node:') && !frame.startsWith(source))
}

let marked = ''
/** Marks the line that it stands on, and hands its argument on. */
function here<T>(value: T): T {
  marked = userFrames(new Error('mark'))[1] ?? ''
  return value
}

beforeEach(() => {
  marked = ''
})

const make = (url: string, transport?: Transport) =>
  closing(
    createClient(Api, {
      url,
      timeout: 200,
      retry: { retries: 1, minDelay: 1, maxDelay: 1 },
      ...(transport && { transport }),
    }),
  )
const answering = (...answers: MockAnswer[]) => make('http://h', mockTransport(answers))

/** Its circuit is open. */
async function opened(): Promise<Api> {
  const circuitBreaker = { volume: 1, errorThreshold: 1 }
  const transport = mockTransport({ status: 503 })
  const client = closing(createClient(Api, { url: 'http://h', transport, retry: false, circuitBreaker }))
  while (circuitsOf(client)[0]?.state !== 'open') await thrownBy(() => client.get(1))
  return client
}

async function thrownBy(act: () => Promise<unknown>): Promise<Error> {
  try {
    await act()
  } catch (error) {
    return error as Error
  }
  throw new Error('nothing was thrown')
}

describe('the first line of the stack that is not of guise or Node is the line of the caller', () => {
  it.each<[string, () => Api | Promise<Api>, unknown]>([
    ['an HttpError', () => answering({ status: 404 }), 1],
    ['an HttpError after a retry', () => answering({ status: 503 }), 1],
    ['a DecodeError', () => answering({ body: 'x' }), 1],
    ['a ResponseValidationError of an async schema', () => answering({ body: {} }), 1],
    ['a class of throws()', () => answering({ status: 409 }), 1],
    ["a class of the user's", () => answering({ status: 410 }), 1],
    ['an ArgumentError', () => answering(), { deep: { object: 1 } }],
    ['a ConnectionError', async () => make(await refusing()), 1],
    ['a TimeoutError', async () => make((await serve(() => {})).url), 1],
    ['a CircuitOpenError', opened, 1],
  ])('%s', async (_, start, id) => {
    const client = await start()
    const error = await thrownBy(async () => await client.get(here(id as never)))
    expect(marked).toMatch(/stack\.test\.ts:\d+$/)
    expect(userFrames(error)[0]).toBe(marked)
  })

  it("of the class's own method, and then of its caller", async () => {
    const client = answering({ status: 404 })
    const error = await thrownBy(async () => await client.twice(here(1)))
    const [inner, outer] = userFrames(error)
    expect(error.stack).toMatch(/at (?:async )?(?:Api|Object)\.twice/)
    expect(inner).toMatch(/stack\.test\.ts:\d+$/)
    expect(outer).toBe(marked)
  })
})
