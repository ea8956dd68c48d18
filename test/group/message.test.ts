// What all targets of one call get alike: one body, checked and written once.
import { Readable } from 'node:stream'
import {
  type ArgumentError,
  Body,
  createGroup,
  DeclarationError,
  Field,
  Get,
  Header,
  Headers,
  IdempotencyKey,
  Param,
  Part,
  Post,
  Put,
  Responses,
  remote,
  TimeoutError,
  text,
  Url,
} from 'guise'
import { runInContext } from 'guise/context'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { headersOf, recording } from '../support/recording.js'
import { collected, rejection } from './support.js'

let checks = 0
let hold: Promise<unknown> | undefined
const Stamped = z.object({ at: z.number().default(() => ++checks) })
const Slow = z.object({ title: z.string() }).refine(async ({ title }) => {
  await hold
  return title !== 'bad'
})

class Letters {
  @Post('/stamped') stamped(@Body(Stamped) body: z.input<typeof Stamped>): Promise<void> {
    return remote(body)
  }
  @Post('/slow') slow(@Body(Slow) body: { title: string }): Promise<void> {
    return remote(body)
  }
  @Post('/raw') raw(@Body() body: unknown): Promise<void> {
    return remote(body)
  }
  @Post('/parts') parts(@Part('a') a: Uint8Array | Blob | Readable, @Part('b') b: string): Promise<void> {
    return remote(a, b)
  }
  @Post('/form') form(@Field('a') a: string): Promise<void> {
    return remote(a)
  }
  @Put('/{id}{?page}')
  @Headers({ 'x-user': 'user {user}', 'content-type': 'application/vnd.x+json' })
  put(
    @Param('id') id: string,
    @Param('page') page: number | undefined,
    @Param('user') user: string | undefined,
    @IdempotencyKey() key: string | undefined,
    @Header('x-a') a: string | undefined,
    @Body() body: object,
  ): Promise<void> {
    return remote(id, page, user, key, a, body)
  }
  @Get() @Responses({ 200: text() }) anywhere(@Url() url: string): Promise<string> {
    return remote(url)
  }
}

function make(one: object = {}, two: object = {}) {
  const transports = [recording(), recording()] as const
  const group = createGroup(Letters, {
    headers: { 'x-from': 'group' },
    targets: {
      one: { url: 'http://one/base', transport: transports[0], ...one },
      two: { url: 'http://two', transport: transports[1], ...two },
    },
  })
  return { group, one: transports[0], two: transports[1] }
}

describe('a message to several targets', () => {
  it('has one body: the schema runs once, and what it makes goes to all', async () => {
    checks = 0
    const { group, one, two } = make()
    expect((await group.stamped({})).ok).toBe(true)
    expect([one.request.body, two.request.body]).toEqual(['{"at":1}', '{"at":1}'])
    expect(headersOf(two.request)['content-type']).toBe('application/json')
    expect(checks).toBe(1)
  })

  it('has the path, the headers and the key of its arguments under the base path of each target', async () => {
    const { group, one, two } = make({ headers: { 'X-From': 'one', 'x-a': 'guise' } })
    await group.put('a/b', 2, undefined, 'key-1', undefined, { n: 1 })
    expect([one.request.path, two.request.path]).toEqual(['/base/a%2Fb?page=2', '/a%2Fb?page=2'])
    expect([one.request.origin, two.request.origin]).toEqual(['http://one', 'http://two'])
    const common = { 'content-type': 'application/vnd.x+json', 'idempotency-key': 'key-1' }
    expect(headersOf(one.request)).toEqual({ ...common, 'x-from': 'one' })
    expect(headersOf(two.request)).toEqual({ ...common, 'x-from': 'group' })
  })

  it('has no key where nobody gave one', async () => {
    const { group, one } = make()
    await group.put('a', undefined, 'kim', undefined, 'x', {})
    expect(headersOf(one.request)).toMatchObject({ 'x-user': 'user kim', 'x-a': 'x' })
    expect(headersOf(one.request)).not.toHaveProperty('idempotency-key')
  })

  it('has one boundary with the parts that it divides, and a form has its type', async () => {
    const { group, one, two } = make({ headers: { 'content-type': 'text/own' } })
    await group.parts(Buffer.from([1]), 'x')
    const type = headersOf(one.request)['content-type'] as string
    const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(type)?.[1]
    expect(headersOf(two.request)['content-type']).toBe(type)
    expect(String(two.request.body)).toContain(`--${boundary}--`)
    expect(one.request.body).toBe(two.request.body)
    const form = make({ headers: { 'content-type': 'text/own' } })
    await form.group.form('1')
    expect(headersOf(form.one.request)['content-type']).toBe('text/own')
    expect(headersOf(form.two.request)['content-type']).toBe('application/x-www-form-urlencoded')
  })

  it.each<[string, () => unknown]>([
    ['a stream', () => Readable.from(['x'])],
    [
      'an async iterable',
      async function* () {
        yield 'x'
      },
    ],
    ['a Blob', () => new Blob(['x'])],
  ])('is refused if it is %s: only one target could read it', async (_, body) => {
    const { group, one, two } = make()
    for (const call of [group.raw(body()), group.parts(body() as Readable, 'x')]) {
      const error = await rejection<ArgumentError>(call)
      expect(error).toMatchObject({ code: 'GUISE_ARGUMENT', parameter: 1, delivery: 'not-sent' })
      expect(error.message).toContain('must not be a stream or a Blob in a group of several targets')
    }
    expect([...one.requests, ...two.requests]).toEqual([])
  })

  it('may be a stream where there is one target', async () => {
    const transport = recording()
    const group = createGroup(Letters, { targets: { one: 'http://one' }, transport })
    const body = Readable.from(['x'])
    expect((await group.raw(body)).ok).toBe(true)
    expect(transport.request.body).toBe(body)
  })

  it('waits for a schema that is asynchronous, and rejects once if it says no', async () => {
    hold = undefined
    const { group, one, two } = make()
    expect((await group.slow({ title: 'good' })).ok).toBe(true)
    expect([one.request.body, two.request.body]).toEqual(['{"title":"good"}', '{"title":"good"}'])
    await expect(group.slow({ title: 'bad' })).rejects.toThrow('does not fit its schema')
    const call = group.slow({ title: 'bad' })
    await expect(collected(call)).rejects.toThrow('does not fit its schema')
    await expect(collected(call)).rejects.toThrow('does not fit its schema')
    expect([one.requests.length, two.requests.length]).toEqual([1, 1])
  })

  it('does not wait longer than each target’s deadline for a schema that never answers', async () => {
    hold = new Promise(() => {})
    const { group, one, two } = make({ timeout: 20 }, { timeout: 20 })
    const { failed } = await group.slow({ title: 'good' })
    expect(failed.map(({ error, attempts }) => [error instanceof TimeoutError, attempts])).toEqual([
      [true, 0],
      [true, 0],
    ])
    expect([...one.requests, ...two.requests]).toEqual([])
  })

  it('cannot leave the targets by a URL of its own', async () => {
    const { group, one } = make()
    const error = await rejection(group.anywhere('http://one/x'))
    expect(error).toBeInstanceOf(DeclarationError)
    expect(error.message).toContain('@Url() would lead away from the targets of the group')
    expect(one.requests).toEqual([])
  })

  it('sends the headers of the request being served on to all', async () => {
    const transport = recording()
    const group = createGroup(Letters, {
      targets: { one: 'http://one', two: 'http://two' },
      transport,
      forward: ['X-Request-Id'],
    })
    await runInContext({ headers: { 'x-request-id': 'r1' } }, () => group.form('1'))
    expect(transport.requests.map(request => headersOf(request)['x-request-id'])).toEqual(['r1', 'r1'])
  })
})
