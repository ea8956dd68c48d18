/** The README's tasks: replies, errors inside HTTP 200, sending things, templates. */
import {
  Body,
  Call,
  type CallOptions,
  createClient,
  Get,
  Headers,
  HttpError,
  Param,
  Post,
  Query,
  type Reply,
  Responses,
  remote,
  reply,
  throws,
} from 'guise'
import { mockTransport } from 'guise/testing'
import { expect, test, vi } from 'vitest'
import { z } from 'zod'

const url = 'http://service.test'
const Order = z.object({ id: z.string() })
type Order = z.infer<typeof Order>
const NewOrder = z.object({ item: z.string() })
type NewOrder = z.infer<typeof NewOrder>
const Problem = z.object({ title: z.string() })
type Problem = z.infer<typeof Problem>
const Activity = z.object({ id: z.number() })
type Activity = z.infer<typeof Activity>
const Hit = z.object({ title: z.string() })
type Hit = z.infer<typeof Hit>

class OrderClient {
  @Post('/orders')
  @Responses({ 201: reply(Order), 409: reply(Problem) })
  place(@Body(NewOrder) order: NewOrder): Promise<Reply<201, Order> | Reply<409, Problem>> {
    return remote(order)
  }
}

test('several outcomes without a throw', async () => {
  const created = { status: 201, headers: { location: '/o-1' }, body: { id: 'o-1' } }
  const orders = createClient(OrderClient, {
    url,
    transport: mockTransport([{ status: 409, body: { title: 'sold out' } }, created]),
  })
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})
  for (let i = 0; i < 2; i++) {
    const placed = await orders.place({ item: 'tea' })
    if (placed.status === 409) console.log(placed.body.title)
    else console.log(placed.body.id, placed.headers.get('location'))
  }
  const printed = log.mock.calls
  log.mockRestore()
  expect(printed).toEqual([['sold out'], ['o-1', '/o-1']])
})

class ActivityFailed extends HttpError {}
const Failure = z.object({ statusCode: z.number(), message: z.string() })
const envelope = <T>(data: z.ZodType<T>) => z.object({ data }).transform(body => body.data)

class ActivityClient {
  @Get('/activities/{id}')
  @Responses({ 200: [throws(ActivityFailed, Failure), envelope(Activity)] })
  byId(@Param('id') id: number): Promise<Activity> {
    return remote(id)
  }
}

test('an error inside HTTP 200', async () => {
  const transport = mockTransport([
    { body: { statusCode: 500, message: 'boom' } },
    { body: { data: { id: 1 } } },
  ])
  const activities = createClient(ActivityClient, { url, transport })
  await expect(activities.byId(1)).rejects.toMatchObject({
    name: 'ActivityFailed',
    body: { statusCode: 500 },
  })
  expect(await activities.byId(1)).toEqual({ id: 1 })
})

@Headers({ accept: 'application/json', 'x-tenant': '{tenant}' })
class SearchClient {
  @Get('/search')
  @Responses({ 200: Hit.array() })
  search(
    @Param('tenant') tenant: string,
    @Query('q') q: string,
    @Query('tag', { style: 'csv' }) tags: string[],
    @Query('size', { default: 20 }) size?: number,
    @Call() options?: CallOptions,
  ): Promise<Hit[]> {
    return remote(tenant, q, tags, size, options)
  }
}

test('sending things', async () => {
  const transport = mockTransport({ body: [{ title: 'sencha' }] })
  const search = createClient(SearchClient, { url, transport })
  const hits = await search.search('acme', 'green tea', ['hot', 'new'], undefined, { timeout: 500 })
  // GET /search?q=green%20tea&tag=hot,new&size=20 with x-tenant: acme
  expect(hits).toEqual([{ title: 'sencha' }])
  expect(transport.request.path).toBe('/search?q=green%20tea&tag=hot,new&size=20')
  expect(transport.request.headers).toEqual({ accept: 'application/json', 'x-tenant': 'acme' })
  expect(transport.request.options.timeout).toBeLessThanOrEqual(500)
})
