// What guise publishes of calls, attempts and circuits, to whoever subscribes to its diagnostics channels.
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import {
  type AttemptEvent,
  type CallEvent,
  type CircuitEvent,
  Client,
  type ClientOptions,
  createClient,
  createGroup,
  Get,
  Header,
  Param,
  Query,
  Responses,
  remote,
  returns,
} from 'guise'
import { createOutbox, memoryStore } from 'guise/outbox'
import { mockTransport, stub, testClock } from 'guise/testing'
import { expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { closing, refusing } from '../client/support.js'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>
const kim: Member = { id: 7, name: 'kim' }

@Client({ name: 'member', path: '/api/members' })
class Members {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(
    @Param('memberId') id: number | object,
    @Query('q') q?: string,
    @Header('authorization') token?: string,
  ): Promise<Member | null> {
    return remote(id, q, token)
  }
}

/** Hears a channel until the test ends. */
function heard<Event>(name: string): Event[] {
  const events: Event[] = []
  const listen = (event: unknown) => void events.push(event as Event)
  subscribe(name, listen)
  onTestFinished(() => void unsubscribe(name, listen))
  return events
}
const attempts = () => heard<AttemptEvent>('guise:attempt')
const calls = () => heard<CallEvent>('guise:call')

const retry = { retries: 1, minDelay: 1, maxDelay: 1 }
const make = (options: ClientOptions<Members>) => closing(createClient(Members, options))
const route = { client: 'member', method: 'Members.byId', verb: 'GET', template: '/api/members/{memberId}' }

test('one event for each attempt and one for the call, with nothing of its arguments', async () => {
  await using server = await stub(Members, { byId: () => kim })
  server.fault('byId', { status: 503 })
  const [attempt, call] = [attempts(), calls()]
  await make({ url: server.url, retry }).byId(7, 'hidden-query', 'hidden-token')
  const common = { ...route, target: server.url, duration: expect.any(Number) }
  expect(attempt).toEqual([
    { ...common, attempt: 1, status: 503, failure: 'http' },
    { ...common, attempt: 2, status: 200, failure: undefined },
  ])
  expect(call).toEqual([{ ...common, attempts: 2, status: 200, ok: true, error: undefined }])
  expect(JSON.stringify([attempt, call])).not.toContain('hidden')
})

test('durations are by the clock of the guise', async () => {
  const clock = testClock()
  const [attempt, call] = [attempts(), calls()]
  const transport = mockTransport(
    async () => {
      await clock.advance(30)
      return { body: kim }
    },
    { clock },
  )
  await make({ url: 'http://h', transport, clock }).byId(7)
  expect([attempt[0]?.duration, call[0]?.duration]).toEqual([30, 30])
})

test('a call that fails tells with what: the error that its caller gets', async () => {
  const [attempt, call] = [attempts(), calls()]
  const members = make({ url: await refusing(), retry: false })
  const error = await members.byId(7).catch(reason => reason)
  expect(attempt).toMatchObject([{ attempt: 1, status: undefined, failure: 'connection' }])
  expect(call).toMatchObject([{ ...route, attempts: 1, status: undefined, ok: false }])
  expect(call[0]?.error).toBe(error)
})

test('a call that sends nothing has no attempt', async () => {
  const [attempt, call] = [attempts(), calls()]
  const members = make({ url: 'http://h', transport: mockTransport({}) })
  await expect(members.byId({ deep: { object: 1 } })).rejects.toThrow()
  expect(attempt).toEqual([])
  expect(call).toMatchObject([{ attempts: 0, target: 'http://h', ok: false }])
})

test('a call that its fallback saves is ok, and its attempts are not', async () => {
  const [attempt, call] = [attempts(), calls()]
  const transport = mockTransport({ status: 500 })
  const members = make({ url: 'http://h', transport, fallback: { byId: () => null } })
  expect(await members.byId(7)).toBe(null)
  expect(attempt).toMatchObject([{ status: 500, failure: 'http' }])
  expect(call).toMatchObject([{ ok: true, status: 500, error: undefined }])
})

test('a circuit tells when it opens, lets a probe through, and closes; refusals are calls without attempts', async () => {
  const clock = testClock()
  const circuit = heard<CircuitEvent>('guise:circuit')
  const [attempt, call] = [attempts(), calls()]
  const answers = [{ status: 500 }, { status: 500 }, { status: 404 }]
  const members = make({
    url: 'http://h',
    transport: mockTransport(answers, { clock }),
    clock,
    circuitBreaker: { volume: 2, resetAfter: 1_000 },
  })
  const outcome = () => members.byId(7).catch(() => {})
  for (let i = 0; i < 3; i++) await outcome()
  await clock.advance(1_000)
  await outcome()
  expect(circuit).toEqual([
    { target: 'http://h', method: undefined, state: 'open', retryAfter: 1_000 },
    { target: 'http://h', method: undefined, state: 'half-open', retryAfter: 0 },
    { target: 'http://h', method: undefined, state: 'closed', retryAfter: 0 },
  ])
  expect(call.map(({ attempts, ok }) => [attempts, ok])).toEqual([
    [1, false],
    [1, false],
    [0, false],
    [1, true],
  ])
  expect(attempt).toHaveLength(3)
})

test('a group is a call for each target', async () => {
  const call = calls()
  await using server = await stub(Members, { byId: () => kim })
  const group = closing(
    createGroup(Members, { targets: { up: server.url, down: await refusing() }, retry: false }),
  )
  await group.byId(7)
  expect(call.map(({ ok, target }) => ok === (target === server.url))).toEqual([true, true])
})

test('whoever no longer listens hears nothing more', async () => {
  const events: unknown[] = []
  const listen = (event: unknown) => void events.push(event)
  const members = make({ url: 'http://h', transport: mockTransport({ status: 404 }) })
  for (const name of ['guise:call', 'guise:attempt']) subscribe(name, listen)
  await members.byId(7)
  for (const name of ['guise:call', 'guise:attempt']) unsubscribe(name, listen)
  await members.byId(7)
  expect(events).toHaveLength(2)
})

test('a delivery of an outbox is an attempt', async () => {
  const attempt = attempts()
  await using server = await stub(Members, { byId: () => kim })
  const outbox = createOutbox({ store: memoryStore() })
  onTestFinished(() => outbox.close())
  const delivered = new Promise<void>(resolve => {
    const listen = (event: unknown) => {
      if ((event as { type: string }).type === 'delivered') resolve()
    }
    subscribe('guise:outbox', listen)
    onTestFinished(() => void unsubscribe('guise:outbox', listen))
  })
  await outbox.client(Members, { url: server.url }).byId(7)
  outbox.start()
  await delivered
  expect(attempt).toMatchObject([
    { ...route, target: server.url, attempt: 1, status: 200, failure: undefined },
  ])
})
