// Bodies of requests are checked by the declared schema; reports show no credential; faults are played as scripted.
import { format, inspect } from 'node:util'
import {
  Bearer,
  Body,
  Client,
  Cookie,
  createClient,
  Field,
  Get,
  HttpError,
  nothing,
  Param,
  Part,
  Post,
  Put,
  Query,
  Responses,
  remote,
  TimeoutError,
  text,
  throws,
} from 'guise'
import { type StubCall, StubError, stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closing } from '../client/support.js'
import { rejection } from '../decode/support.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const Event = z.object({ name: z.string().min(1), tags: z.array(z.string()).max(2) })

class Events {
  @Post('/events')
  @Responses({ 204: nothing() })
  create(@Body(Event) event: z.input<typeof Event>): Promise<void> {
    return remote(event)
  }

  @Post('/dates')
  @Responses({ 204: nothing() })
  at(@Body(z.object({ at: z.date() })) event: { at: Date }): Promise<void> {
    return remote(event)
  }

  @Post('/texts')
  @Responses({ 204: nothing() })
  written(
    @Body(z.object({ at: z.date().transform(at => at.toISOString()), name: z.string() })) event: {
      at: Date
      name: string
    },
  ): Promise<void> {
    return remote(event)
  }

  @Put('/raw')
  @Responses({ 204: nothing() })
  raw(@Body() body: unknown): Promise<void> {
    return remote(body)
  }

  @Post('/form')
  @Responses({ 204: nothing() })
  form(@Field('name') name: string): Promise<void> {
    return remote(name)
  }

  @Post('/parts')
  @Responses({ 204: nothing() })
  parts(@Part('name') name: string): Promise<void> {
    return remote(name)
  }
}

describe('the body of a request', () => {
  it.each<[string, string, Record<string, string>, string, string]>([
    [
      'that does not fit its schema',
      '/events',
      JSON_TYPE,
      '{"name":"","tags":["a","b","c"]}',
      'name: Too small: expected string to have >=1 characters; tags: Too big: expected array to have <=2 items',
    ],
    ['that is not there', '/events', {}, '', 'Invalid input: expected object, received undefined'],
    ['that is no JSON', '/events', JSON_TYPE, '{"name":', 'its body is no valid JSON'],
    [
      'that is text',
      '/events',
      { 'content-type': 'text/plain' },
      'x',
      'Invalid input: expected object, received string',
    ],
    [
      'that is no form',
      '/form',
      JSON_TYPE,
      '{}',
      'its content type must be application/x-www-form-urlencoded, not application/json',
    ],
    [
      'that is no multipart',
      '/parts',
      JSON_TYPE,
      '{}',
      'its content type must be multipart/form-data and its parts whole; it is application/json',
    ],
    [
      'whose parts are broken',
      '/parts',
      { 'content-type': 'multipart/form-data; boundary=x' },
      '--y',
      'its content type must be multipart/form-data and its parts whole; it is multipart/form-data; boundary=x',
    ],
  ])('%s is answered 400, and no handler is asked', async (_, path, headers, body, rule) => {
    const fail = () => {
      throw new Error('asked')
    }
    await using server = await stub(Events, { create: fail, form: fail, parts: fail })
    const response = await fetch(server.url + path, { method: 'POST', headers, body: Buffer.from(body) })
    const message = `the body of the request does not fit: ${rule}`
    expect([response.status, await response.json()]).toMatchObject([400, { mistake: 'body', message }])
    expect(server.mistakes.splice(0)).toMatchObject([
      { kind: 'body', status: 400, request: `POST ${path}`, message },
    ])
  })

  it('is checked as it was written, where its schema transforms it', async () => {
    const bodies: unknown[] = []
    await using server = await stub(Events, { written: ({ body }) => void bodies.push(body) })
    const events = closing(createClient(Events, { url: server.url }))
    await events.written({ at: new Date(0), name: 'x' })
    expect(bodies).toEqual([{ at: '1970-01-01T00:00:00.000Z', name: 'x' }])
    const wrong = await fetch(`${server.url}/texts`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: '{"at":"now","name":7}',
    })
    expect([wrong.status, server.mistakes.splice(0)]).toMatchObject([400, [{ issues: [{ path: ['name'] }] }]])
  })

  it('is not checked for a method that says so', async () => {
    const url = async (options: object) => {
      const server = await stub(Events, { at: () => undefined }, options)
      const events = closing(createClient(Events, { url: server.url }))
      return { server, call: events.at({ at: new Date(0) }) }
    }
    const checked = await url({})
    await expect(checked.call).rejects.toThrow(HttpError)
    await expect(checked.server.close()).rejects.toThrow('at: Invalid input: expected date, received string')
    const unchecked = await url({ uncheckedBodies: ['at'] })
    expect(await unchecked.call).toBeUndefined()
    await unchecked.server.close()
  })

  it.each<[string, unknown, unknown]>([
    ['JSON', { a: [1, null] }, { a: [1, null] }],
    ['text', 'kim', 'kim'],
    ['bytes', Buffer.from([0, 255]), Buffer.from([0, 255])],
    ['a form', new URLSearchParams('a=1&a=2'), new URLSearchParams('a=1&a=2')],
    ['none', undefined, undefined],
  ])('is read by its type: %s', async (_, sent, got) => {
    const bodies: unknown[] = []
    await using server = await stub(Events, { raw: ({ body }) => void bodies.push(body) })
    await closing(createClient(Events, { url: server.url })).raw(sent)
    expect(bodies).toEqual([got])
  })
})

const CANARY = 'c4n4ry/token=='
const WRITTEN = encodeURIComponent(CANARY)

@Client({ name: 'api' })
class Api {
  @Get('/items/{id}')
  @Responses({ 200: z.object({ id: z.string() }) })
  item(
    @Param('id') id: string,
    @Bearer() token: string,
    @Cookie('sid') sid: string,
    @Query('api_key') key: string,
  ): Promise<unknown> {
    return remote(id, token, sid, key)
  }

  @Post('/items')
  @Responses({ 204: nothing() })
  create(@Body(z.object({ id: z.number() })) item: { id: number }, @Bearer() token: string): Promise<void> {
    return remote(item, token)
  }
}

describe('no credential of a request shows in', () => {
  it.each<[string, string, string]>([
    ['a handler that throws them', 'GET', `/items/${WRITTEN}?api_key=${WRITTEN}`],
    ['an answer that does not fit', 'GET', `/items/answer?api_key=${WRITTEN}`],
    ['a body that does not fit', 'POST', '/items'],
    ['a request that is no route', 'PUT', `/nowhere/${WRITTEN}?api_key=${WRITTEN}`],
  ])('the reports of %s', async (_, method, path) => {
    const item = ({ params, bearer, headers }: StubCall) => {
      if (params.id === 'answer') return { id: [bearer] }
      throw new Error(`refused ${bearer} and ${headers.cookie}`)
    }
    const server = await stub(Api, { item, create: () => undefined })
    const response = await fetch(server.url + path, {
      method,
      headers: { authorization: `Bearer ${CANARY}`, cookie: `a=b; sid=${CANARY}`, ...JSON_TYPE },
      body: method === 'GET' ? null : JSON.stringify({ id: CANARY }),
    })
    const answered = await response.text()
    const error = await rejection<StubError>(server.close())
    expect(error).toBeInstanceOf(StubError)
    const outputs = [
      answered,
      error.message,
      error.stack,
      inspect(error, { depth: 9 }),
      format('%j %O', error, error),
      inspect(server.mistakes, { depth: 9 }),
    ]
    expect(outputs.join('\n')).toContain(path.split(/[?/]/)[1])
    expect(outputs.join('\n')).not.toMatch(/c4n4ry/i)
  })
})

class Down extends HttpError {}

class Shop {
  @Get('/{id}')
  @Responses({ 200: text(), '5xx': throws(Down) })
  item(@Param('id') id: string): Promise<string> {
    return remote(id)
  }
}

describe('a scripted fault', () => {
  it('is a status, so many times, which the table need not know', async () => {
    await using server = await stub(Shop, { item: ({ params }) => `item ${params.id}` })
    const shop = closing(createClient(Shop, { url: server.url, retry: false }))
    server.fault('item', { status: 503, headers: { 'retry-after': 7 }, body: { reason: 'down' }, times: 2 })
    server.fault('item', { status: 418 })
    const [first, second, third] = [
      await rejection<Down>(shop.item('1')),
      await rejection(shop.item('2')),
      await rejection(shop.item('3')),
    ]
    expect([first, second]).toEqual([expect.any(Down), expect.any(Down)])
    expect([first.body, first.retryAfter]).toEqual([{ reason: 'down' }, 7000])
    expect(third).toMatchObject({ status: 418, text: '' })
    expect(await shop.item('4')).toBe('item 4')
    expect(server.requests).toHaveLength(4)
  })

  it('needs no handler, and is survived by a retry', async () => {
    await using server = await stub(Shop, { item: () => 'here' })
    server.fault('item', { reset: true })
    const shop = closing(createClient(Shop, { url: server.url, retry: { minDelay: 1, maxDelay: 1 } }))
    expect(await shop.item('1')).toBe('here')
    expect(server.requests).toHaveLength(2)
  })

  it('is a reset, before a byte of the answer', async () => {
    await using server = await stub(Shop, {})
    server.fault('item', { reset: true, times: Number.POSITIVE_INFINITY })
    const shop = closing(createClient(Shop, { url: server.url, retry: false }))
    for (const id of ['1', '2'])
      expect(await rejection(shop.item(id))).toMatchObject({ code: 'GUISE_CONNECTION', delivery: 'unknown' })
  })

  it('is a delay before the answer, which a timeout cuts short and a close does not wait for', async () => {
    const server = await stub(Shop, { item: () => 'late' })
    server.fault('item', { delay: 30 })
    server.fault('item', { delay: 3_600_000 })
    const shop = closing(createClient(Shop, { url: server.url, retry: false, timeout: 200 }))
    const began = performance.now()
    expect(await shop.item('1')).toBe('late')
    expect(performance.now() - began).toBeGreaterThanOrEqual(29)
    expect(await rejection(shop.item('2'))).toBeInstanceOf(TimeoutError)
    await server.close()
  })

  it('must be one, and of a route', async () => {
    await using server = await stub(Shop, {})
    // @ts-expect-error neither a status, nor a reset, nor a delay
    expect(() => server.fault('item', {})).toThrow('a fault needs a status, a reset or a delay')
    expect(() => server.fault('item', { status: 500, times: 0 })).toThrow('times must be at least 1')
    // @ts-expect-error a misspelt name
    expect(() => server.fault('itme', { status: 500 })).toThrow('no route is named itme')
  })
})
