// `clock.run`: a call with all its waits, in no time.
import {
  Client,
  createClient,
  Get,
  HttpError,
  Param,
  Responses,
  remote,
  returns,
  TimeoutError,
  throws,
} from 'guise'
import { failures, MockError, mockTransport, testClock } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'

class Down extends HttpError {}
const Member = z.object({ id: z.number() })

@Client({ path: '/members' })
@Responses({ '5xx': throws(Down) })
class MemberClient {
  @Get('/{id}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('id') id: number): Promise<{ id: number } | null> {
    return remote(id)
  }
}

const url = 'http://members.test'

describe('clock.run', () => {
  it('goes through the waits between the attempts of a call', async () => {
    const clock = testClock()
    const transport = mockTransport([
      { status: 503, headers: { 'retry-after': '3' } },
      { status: 503, headers: { 'retry-after': '4' } },
      { body: { id: 7 } },
    ])
    const members = createClient(MemberClient, { url, transport, clock })
    expect(await clock.run(members.byId(7))).toEqual({ id: 7 })
    expect(transport.requests).toHaveLength(3)
    expect(clock.now()).toBeGreaterThanOrEqual(7_000)
  })

  it('stops where the promise settles: timers of others are left waiting', async () => {
    const clock = testClock()
    let rung = false
    clock.setTimeout(() => {
      rung = true
    }, 1_001)
    const promise = new Promise<string>(resolve => clock.setTimeout(() => resolve('done'), 1_000))
    expect(await clock.run(promise)).toBe('done')
    expect([clock.now(), clock.pending, rung]).toEqual([1_000, 1, false])
    expect(await clock.run(Promise.resolve('at once'))).toBe('at once')
    expect([clock.now(), rung]).toEqual([1_000, false])
  })

  it('ends a call that nobody answers by its own deadline', async () => {
    const clock = testClock()
    const transport = mockTransport(() => new Promise(() => {}), { clock })
    const members = createClient(MemberClient, { url, transport, clock, retry: false, timeout: 800 })
    expect(await rejection(clock.run(members.byId(7)))).toBeInstanceOf(TimeoutError)
    expect(clock.now()).toBe(800)
  })

  it('rejects with the very error of the promise', async () => {
    const clock = testClock()
    const error = new Error('the very one')
    expect(await rejection(clock.run(Promise.reject(error)))).toBe(error)
    const transport = mockTransport(failures.refused())
    const members = createClient(MemberClient, { url, transport, clock })
    expect(await rejection(clock.run(members.byId(7)))).toMatchObject({
      code: 'GUISE_CONNECTION',
      attempts: 3,
    })
  })

  it('waits for what takes some turns and no timer', async () => {
    const turns = async (left: number): Promise<string> => {
      if (left === 0) return 'in the end'
      await new Promise(setImmediate)
      return turns(left - 1)
    }
    expect(await testClock().run(turns(40))).toBe('in the end')
  })

  it('gives up where nothing can settle the promise, and says so', async () => {
    const clock = testClock()
    await clock.advance(5)
    const error = await rejection(clock.run(new Promise(() => {})))
    expect(error).toBeInstanceOf(MockError)
    expect(error.message).toBe(
      'clock.run: the promise has not settled at 5 ms, and no timer is left that could bring it about',
    )
  })

  it('gives up where timers never end', async () => {
    const clock = testClock()
    const again = () => {
      clock.setTimeout(again, 1)
    }
    again()
    expect((await rejection(clock.run(new Promise(() => {})))).message).toBe(
      'clock.run: the promise has not settled at 1000 ms, and 1000 timers were not enough',
    )
  })
})
