// Whatever JSON a client sends, the handler gets; whatever JSON a handler returns, the client gets.
import fc from 'fast-check'
import { Body, createClient, Get, nothing, Post, Responses, remote } from 'guise'
import { type StubServer, stub } from 'guise/testing'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'

class Service {
  @Post('/body')
  @Responses({ 204: nothing() })
  take(@Body() body: unknown): Promise<void> {
    return remote(body)
  }

  @Get('/echo')
  @Responses({ 200: z.unknown() })
  give(): Promise<unknown> {
    return remote()
  }
}

let server: StubServer<Service>
let client: Service & AsyncDisposable
let value: unknown

beforeAll(async () => {
  server = await stub(Service, {
    take: ({ body }) => {
      value = body
    },
    give: () => value,
  })
  client = createClient(Service, { url: server.url, retry: false })
})

afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await server.close()
})

/** Keys that reach for prototypes are dropped when JSON is read. */
const json = fc
  .jsonValue()
  .map(one => JSON.parse(JSON.stringify(one)) as unknown)
  .filter(one => !/__proto__|constructor/.test(JSON.stringify(one)))

it('what a client sends is what the handler gets', () =>
  fc.assert(
    fc.asyncProperty(json, async sent => {
      await client.take(sent)
      // Text is sent as text, and an empty one is no body.
      expect(value).toEqual(sent === '' ? undefined : sent)
    }),
  ))

it('what a handler returns is what the client gets', () =>
  fc.assert(
    fc.asyncProperty(json, async sent => {
      value = sent
      expect(await client.give()).toEqual(sent)
    }),
  ))
