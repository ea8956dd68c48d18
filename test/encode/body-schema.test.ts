// A body with a schema: validated before it leaves; what the schema makes of it is sent.
import { Body, Delete, Header, Http, Post, remote, type Schema } from 'guise'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { CANARY, recorded, refused, requestOf } from './support.js'

const Doubled = z.object({ n: z.number().transform(n => n * 2) })
const AsyncName = z.object({ name: z.string().refine(async name => name !== CANARY, 'is taken') })

class Notes {
  @Post()
  send(@Body() body?: unknown): Promise<unknown> {
    return remote(body)
  }
  @Post()
  doubled(@Body(Doubled) body: { n: number }): Promise<unknown> {
    return remote(body)
  }
  @Http('QUERY', '/search')
  checked(
    @Header('x-first') first: string,
    @Body(AsyncName) body: { name: string },
    @Header('x-last') last?: string,
  ): Promise<unknown> {
    return remote(first, body, last)
  }
  @Delete()
  optional(@Body(z.number().optional()) body?: number): Promise<unknown> {
    return remote(body)
  }
}

describe('a schema of the body', () => {
  it('makes what is sent, and drops what it does not know', async () => {
    const { body } = await requestOf(Notes, client => client.doubled({ n: 21, extra: 1 } as never))
    expect(body).toEqual({ n: 42 })
  })

  it('refuses what does not fit, with paths and without values', async () => {
    const call = (client: Notes) => client.doubled({ n: CANARY } as never)
    const error = await refused(Notes, call, {
      method: 'Notes.doubled',
      parameter: 1,
      rule: /^does not fit its schema: n: /,
    })
    expect(error.issues).toEqual([
      { path: ['n'], message: 'Invalid input: expected number, received string' },
    ])
    expect(error.toJSON()).toMatchObject({ parameter: 1, issues: error.issues })
  })

  it('sees undefined too: only a schema that takes it lets a call go without a body', async () => {
    expect((await requestOf(Notes, client => client.optional())).body).toBeUndefined()
    const call = (client: Notes) => client.doubled(undefined as never)
    await refused(Notes, call, { method: 'Notes.doubled', parameter: 1, rule: /^does not fit its schema/ })
  })

  it('may be asynchronous', async () => {
    const request = await requestOf(Notes, client => client.checked('1', { name: 'kim' }))
    expect(request).toMatchObject({ method: 'QUERY', body: { name: 'kim' } })
    const call = (client: Notes) => client.checked('1', { name: CANARY }, 'last')
    const rule = 'does not fit its schema: name: is taken'
    const error = await refused(Notes, call, { method: 'Notes.checked', parameter: 2, rule })
    expect(error.issues).toEqual([{ path: ['name'], message: 'is taken' }])
  })

  it('leaves no rejection unhandled when another parameter is refused first', async () => {
    const unhandled: unknown[] = []
    const listener = (reason: unknown) => unhandled.push(reason)
    process.on('unhandledRejection', listener)
    try {
      const call = (client: Notes) => client.checked('1', { name: CANARY }, '\r\n')
      const rule = 'must not hold a control character in a header'
      await refused(Notes, call, { method: 'Notes.checked', parameter: 3, rule })
      await new Promise(resolve => setTimeout(resolve, 20))
      expect(unhandled).toEqual([])
    } finally {
      process.off('unhandledRejection', listener)
    }
  })

  it('caps what the message lists, and takes a schema that throws for one that refuses', async () => {
    const own = (validate: () => unknown): Schema =>
      ({ '~standard': { version: 1, vendor: 'own', validate } }) as never
    const many = own(() => ({
      issues: Array.from({ length: 50 }, (_, i) => ({ message: 'bad', path: [{ key: i }] })),
    }))
    const throwing = own(() => {
      throw new Error(CANARY)
    })
    const rejecting = own(() => Promise.reject(new Error(CANARY)))
    const call = async (schema: Schema, rule: string) => {
      class Own {
        @Post()
        send(@Body(schema) body: unknown): Promise<unknown> {
          return remote(body)
        }
      }
      return refused(Own, client => client.send(CANARY), { method: 'Own.send', parameter: 1, rule })
    }
    const listed = 'does not fit its schema: 0: bad; 1: bad; 2: bad; and more'
    expect((await call(many, listed)).issues).toHaveLength(20)
    await call(throwing, 'does not fit its schema: the schema threw an error')
    await call(rejecting, 'does not fit its schema: the schema threw an error')
  })

  it('prepares nothing from one call for the next', async () => {
    const { client, transport } = recorded(Notes)
    for (const body of ['text', { a: 1 }, undefined]) await client.send(body)
    expect(transport.requests.map(({ body }) => body)).toEqual(['text', { a: 1 }, undefined])
    expect(transport.requests.map(request => request.headers['content-type'])).toEqual([
      'text/plain;charset=utf-8',
      'application/json',
      undefined,
    ])
  })
})
