// Scripted faults: a status, a reset or a delay in the place of a handler, so many times.
import { createClient, Get, HttpError, Param, Responses, remote, TimeoutError, text, throws } from 'guise'
import { stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { closing } from '../client/support.js'
import { rejection } from '../decode/support.js'

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
    server.fault('item', { status: 418, headers: { 'content-type': 'application/problem+json' }, body: {} })
    const [first, second, third] = [
      await rejection<Down>(shop.item('1')),
      await rejection(shop.item('2')),
      await rejection(shop.item('3')),
    ]
    expect([first, second]).toEqual([expect.any(Down), expect.any(Down)])
    expect([first.body, first.retryAfter]).toEqual([{ reason: 'down' }, 7000])
    expect(third).toMatchObject({ status: 418, text: '{}', body: {} })
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
    const asked: unknown[] = []
    const server = await stub(Shop, {
      item: ({ params }) => {
        asked.push(params.id)
        return 'late'
      },
    })
    server.fault('item', { delay: 30 })
    server.fault('item', { delay: 3_600_000 })
    const shop = closing(createClient(Shop, { url: server.url, retry: false, timeout: 200 }))
    const began = performance.now()
    expect(await shop.item('1')).toBe('late')
    expect(performance.now() - began).toBeGreaterThanOrEqual(29)
    expect(await rejection(shop.item('2'))).toBeInstanceOf(TimeoutError)
    await server.close()
    await new Promise(setImmediate)
    expect(asked).toEqual(['1'])
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
