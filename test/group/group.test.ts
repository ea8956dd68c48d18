// One call, several services, one report: over real sockets.
import { inspect } from 'node:util'
import {
  ArgumentError,
  ConnectionError,
  circuitsOf,
  createGroup,
  describe as describeGuise,
  GroupError,
  HttpError,
  TimeoutError,
} from 'guise'
import { faults, startFaultServer, startFaultServerWith } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { closing, gate, refusing, serve } from '../client/support.js'
import { collected, Events, rejection } from './support.js'

const ok = (body: string) => faults.answer({ headers: { 'content-type': 'text/plain' }, body })

describe('a call to a group', () => {
  it('goes to all targets and resolves to a report in the order of the targets', async () => {
    await using activity = await startFaultServer(ok('a'))
    await using ads = await startFaultServer(ok('b'))
    const group = closing(createGroup(Events, { targets: { activity: activity.url, ads: new URL(ads.url) } }))
    const report = await group.created({ title: 'x' })
    expect(report).toMatchObject({
      ok: true,
      delivered: [
        { ok: true, target: 'activity', value: 'a', attempts: 1 },
        { ok: true, target: 'ads', value: 'b', attempts: 1 },
      ],
      failed: [],
    })
    expect(report.orThrow()).toEqual({ activity: 'a', ads: 'b' })
    expect([activity.requests.length, ads.requests.length]).toEqual([1, 1])
  })

  it('never rejects for a target: a status, a refused connection and an answer that does not fit are reported', async () => {
    await using good = await startFaultServer(ok('a'))
    await using bad = await startFaultServer(faults.status(400))
    await using busy = await startFaultServer(faults.status(503))
    const group = closing(
      createGroup(Events, {
        targets: { good: good.url, bad: bad.url, gone: await refusing(), busy: busy.url },
        retry: { retries: 2, minDelay: 1, maxDelay: 1 },
      }),
    )
    const { ok: all, delivered, failed } = await group.created({ title: 'x' })
    expect(all).toBe(false)
    expect(delivered.map(({ target }) => target)).toEqual(['good'])
    expect(failed.map(({ target, attempts }) => [target, attempts])).toEqual([
      ['bad', 1],
      ['gone', 3],
      ['busy', 3],
    ])
    const [first, second, third] = failed.map(({ error }) => error)
    expect(first).toBeInstanceOf(HttpError)
    expect(second).toBeInstanceOf(ConnectionError)
    expect(third).toMatchObject({ code: 'GUISE_HTTP', status: 503, attempts: 3 })
    expect(busy.requests).toHaveLength(3)
  })

  it('gives each result as it comes: a slow target holds up nobody', async () => {
    const held = gate()
    const slow = await serve(async (_, response) => {
      await held.opened
      response.setHeader('content-type', 'text/plain').end('slow')
    })
    await using fast = await startFaultServer(ok('fast'))
    await using broken = await startFaultServer(faults.status(404))
    const group = closing(
      createGroup(Events, { targets: { slow: slow.url, fast: fast.url, broken: broken.url } }),
    )
    const call = group.byId(1)
    const seen: string[] = []
    for await (const result of call) {
      seen.push(`${result.target} ${result.ok ? result.value : (result.error as HttpError).status}`)
      if (seen.length === 2) {
        expect([...seen].sort()).toEqual(['broken 404', 'fast fast'])
        held.open()
      }
    }
    expect(seen[2]).toBe('slow slow')
    expect((await call).delivered.map(({ target }) => target)).toEqual(['slow', 'fast'])
    // Another iteration begins at the beginning, and a broken-off one ends nothing.
    expect((await collected(call)).map(({ target }) => target)).toEqual(seen.map(line => line.split(' ')[0]))
  })

  it('keeps the deadline of each target: the slow one fails by its own, and the report waits no longer', async () => {
    await using hangs = await startFaultServer(faults.stall)
    await using fast = await startFaultServer(ok('fast'))
    const group = closing(
      createGroup(Events, {
        targets: { hangs: { url: hangs.url, timeout: 60 }, fast: fast.url },
        retry: false,
      }),
    )
    const { delivered, failed } = await group.byId(1)
    expect(delivered).toMatchObject([{ target: 'fast' }])
    expect(failed).toMatchObject([{ target: 'hangs', error: expect.any(TimeoutError), attempts: 1 }])
  })

  it('sends the same idempotency key to all targets, on every attempt, and another for the next call', async () => {
    await using one = await startFaultServer(faults.status(503), ok('a'))
    await using two = await startFaultServer(ok('b'))
    const group = closing(
      createGroup(Events, { targets: { one: one.url, two: two.url }, retry: { minDelay: 1, maxDelay: 1 } }),
    )
    expect(await group.created({ title: 'x' })).toMatchObject({
      ok: true,
      delivered: [{ attempts: 2 }, { attempts: 1 }],
    })
    const keys = [...one.requests, ...two.requests].map(({ headers }) => headers['idempotency-key'])
    expect(keys).toHaveLength(3)
    expect(new Set(keys).size).toBe(1)
    expect(keys[0]).toMatch(/^[\da-f-]{36}$/)
    await group.created({ title: 'x' })
    expect(two.requests[1]?.headers['idempotency-key']).not.toBe(keys[0])
  })

  it.each<[string, unknown[], string]>([
    [
      'an argument that does not fit its schema',
      [{ title: '' }],
      'parameter 1, @Body(schema): does not fit its schema',
    ],
    ['call options that are none', [{ title: 'x' }, { timeuot: 1 }], 'has no option timeuot'],
  ])('rejects once for %s, and no byte leaves to any', async (_, args, message) => {
    await using one = await startFaultServer(ok('a'))
    await using two = await startFaultServer(ok('b'))
    const group = closing(createGroup(Events, { targets: { one: one.url, two: two.url } }))
    const created = group.created as (...args: unknown[]) => ReturnType<typeof group.created>
    const error = await rejection<ArgumentError>(created(...args))
    expect(error).toBeInstanceOf(ArgumentError)
    expect(error.message).toContain(message)
    expect(error).toMatchObject({ method: 'Events.created', attempts: 0, delivery: 'not-sent' })
    // Who only iterates hears it too, and the promise that he did not await is no unhandled rejection.
    await expect(collected(created(...args))).rejects.toThrow(message)
    expect([one.connections, two.connections]).toEqual([0, 0])
  })

  it('reports the signal’s own reason for each target that was given up, and keeps what was delivered', async () => {
    await using hangs = await startFaultServer(faults.stall)
    await using fast = await startFaultServer(ok('fast'))
    const group = closing(createGroup(Events, { targets: { hangs: hangs.url, fast: fast.url } }))
    const controller = new AbortController()
    const reason = new Error('enough')
    const call = group.created({ title: 'x' }, { signal: controller.signal })
    for await (const { target } of call) {
      expect(target).toBe('fast')
      await hangs.until(({ requests }) => requests.length === 1)
      controller.abort(reason)
      break
    }
    const { delivered, failed } = await call
    expect(delivered).toMatchObject([{ target: 'fast' }])
    expect(failed).toEqual([{ ok: false, target: 'hangs', error: reason, attempts: 1 }])
  })

  it('reaches targets under one signal without a warning of too many listeners', async () => {
    await using server = await startFaultServer(ok('a'))
    const warnings: Error[] = []
    const warned = (warning: Error) => warnings.push(warning)
    process.on('warning', warned)
    const targets = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`t${i}`, `${server.url}/${i}`]))
    const group = closing(createGroup(Events, { targets }))
    const { delivered } = await group.created({ title: 'x' }, { signal: new AbortController().signal })
    await new Promise(setImmediate)
    process.off('warning', warned)
    expect(delivered).toHaveLength(40)
    expect(new Set(server.requests.map(({ path }) => path)).size).toBe(40)
    expect(warnings).toEqual([])
  })
})

describe('orThrow()', () => {
  it('throws an error that names the targets that failed and why, with the report on it and nothing of the answers', async () => {
    await using good = await startFaultServer(ok('canary'))
    await using bad = await startFaultServer(
      faults.status(409, { headers: { 'x-secret': 'canary' }, body: 'canary' }),
    )
    const group = closing(
      createGroup(Events, {
        targets: { good: good.url, bad: bad.url, gone: await refusing() },
        retry: false,
      }),
    )
    const report = await group.created({ title: 'canary' })
    const error = await rejection<GroupError>((async () => report.orThrow())())
    expect(error).toBeInstanceOf(GroupError)
    expect(error.message).toBe(
      'Events.created: 2 of 3 targets failed: bad (HttpError 409, 1 attempt); gone (ConnectionError, 1 attempt)',
    )
    expect(error).toMatchObject({
      code: 'GUISE_GROUP',
      client: 'Events',
      method: 'Events.created',
      attempts: 3,
    })
    expect(error.delivery).toBe('answered')
    expect(error.report).toBe(report)
    const told = [
      inspect(error, { depth: 9, showHidden: false }),
      JSON.stringify(error),
      String(error.stack),
    ].join()
    expect(told).not.toContain('canary')
    expect(error.toJSON()).toMatchObject({
      delivered: ['good'],
      failed: [
        { target: 'bad', error: 'HttpError', attempts: 1 },
        { target: 'gone', error: 'ConnectionError', attempts: 1 },
      ],
    })
  })

  it('names ten of many', async () => {
    const url = await refusing()
    const targets = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`t${i}`, `${url}/${i}`]))
    const group = closing(createGroup(Events, { targets, retry: false }))
    const report = await group.byId(1)
    expect(() => report.orThrow()).toThrow(
      /^Events.byId: 12 of 12 targets failed: t0 .*; t9 \(.*\); and 2 more$/,
    )
  })
})

describe('the targets of a group', () => {
  it('have policies, headers and circuits of their own, laid over the common ones', async () => {
    await using one = await startFaultServer(faults.status(500), ok('late'))
    await using two = await startFaultServer(ok('b'))
    const group = closing(
      createGroup(Events, {
        headers: { 'X-From': 'common', 'x-a': '1' },
        timeout: { attempt: 900 },
        circuitBreaker: { volume: 1, errorThreshold: 1 },
        targets: { one: { url: one.url, headers: { 'x-from': 'own' }, timeout: 4_000 }, two: two.url },
      }),
    )
    expect(await group.created({ title: 'x' })).toMatchObject({ failed: [{ target: 'one' }] })
    expect(one.requests[0]?.headers).toMatchObject({ 'x-from': 'own', 'x-a': '1' })
    expect(two.requests[0]?.headers).toMatchObject({ 'x-from': 'common', 'x-a': '1' })
    const again = await group.created({ title: 'x' })
    expect(again.failed).toMatchObject([
      { target: 'one', error: { code: 'GUISE_CIRCUIT_OPEN' }, attempts: 0 },
    ])
    expect(again.delivered).toMatchObject([{ target: 'two' }])
    expect(circuitsOf(group).map(({ target, state }) => [target, state])).toEqual([
      [one.url, 'open'],
      [two.url, 'closed'],
    ])
    const { methods } = describeGuise(group)
    expect(methods.map(({ method }) => method)).toEqual([
      'Events.created, target one',
      'Events.byId, target one',
      'Events.created, target two',
      'Events.byId, target two',
    ])
    const total = (index: number) => methods[index]?.chain[0]?.settings.ms
    expect([total(0), total(2)]).toEqual([
      { value: 4_000, from: 'guise' },
      { value: 15_000, from: 'default' },
    ])
    const attempt = methods[0]?.chain.find(({ policy }) => policy === 'attempt timeout')
    expect(attempt?.settings.ms).toEqual({ value: 900, from: 'guise' })
    expect(String(describeGuise(group))).toContain('client Events, target two')
  })

  it('may have several addresses, or a function that finds them', async () => {
    await using one = await startFaultServerWith({}, ok('a'))
    await using two = await startFaultServer(ok('b'))
    const calls: string[] = []
    const url = async ({ client, method }: { client: string; method: string }) => {
      calls.push(`${client} ${method}`)
      return two.url
    }
    const group = closing(createGroup(Events, { targets: { list: [one.url, `${one.url}/b`], found: url } }))
    expect((await group.byId(3)).orThrow()).toEqual({ list: 'a', found: 'b' })
    expect(calls).toEqual(['Events Events.byId'])
    expect(two.requests[0]?.path).toBe('/events/3')
  })
})
