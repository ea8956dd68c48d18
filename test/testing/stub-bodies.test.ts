// Bodies of requests are read by their type and checked by the declared schema; one that does not fit is answered 400.
import { once } from 'node:events'
import { connect } from 'node:net'
import {
  Body,
  createClient,
  Delete,
  Field,
  HttpError,
  nothing,
  Part,
  Post,
  Put,
  Responses,
  remote,
} from 'guise'
import { stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { closing } from '../client/support.js'

const JSON_TYPE = { 'content-type': 'application/json' }
const Event = z.object({ name: z.string().min(1), tags: z.array(z.string()).max(2) })
const Many = z.object({ a: z.number(), b: z.number(), c: z.number(), d: z.number() })

class Events {
  @Post('/events')
  @Responses({ 204: nothing() })
  create(@Body(Event) event: z.input<typeof Event>): Promise<void> {
    return remote(event)
  }

  @Delete('/events')
  @Responses({ 204: nothing() })
  clear(): Promise<void> {
    return remote()
  }

  @Post('/many')
  @Responses({ 204: nothing() })
  many(@Body(Many) event: z.input<typeof Many>): Promise<void> {
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
    [
      'that is a form',
      '/parts',
      { 'content-type': 'application/x-www-form-urlencoded' },
      'name=x',
      'its content type must be multipart/form-data and its parts whole; it is application/x-www-form-urlencoded',
    ],
    [
      'of no type',
      '/form',
      {},
      'name=x',
      'its content type must be application/x-www-form-urlencoded, not none',
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
      'with many issues',
      '/many',
      JSON_TYPE,
      '{}',
      `${['a', 'b', 'c'].map(name => `${name}: Invalid input: expected number, received undefined`).join('; ')}; and 1 more`,
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

  it('that nobody declared is handed over, whatever it is', async () => {
    const bodies: unknown[] = []
    await using server = await stub(Events, { clear: ({ body }) => void bodies.push(body) })
    for (const [headers, body] of [
      [JSON_TYPE, '{"a":1}'],
      [JSON_TYPE, '{"a":'],
    ] as const)
      await fetch(`${server.url}/events`, { method: 'DELETE', headers, body })
    expect(bodies).toEqual([{ a: 1 }, Buffer.from('{"a":')])
  })

  it('that is broken off is no request', async () => {
    await using server = await stub(Events, { raw: () => undefined })
    const { port } = new URL(server.url)
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('PUT /raw HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf', () => socket.destroy())
    await once(socket, 'close')
    await closing(createClient(Events, { url: server.url })).raw('whole')
    expect(server.requests).toMatchObject([{ body: 'whole' }])
  })
})
