// No report of a stub shows a credential of the request that it is about.
import { format, inspect } from 'node:util'
import { Bearer, Body, Client, Cookie, Get, nothing, Param, Post, Query, Responses, remote } from 'guise'
import { type StubCall, StubError, stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'

const JSON_TYPE = { 'content-type': 'application/json' }
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
