// Which source of a header wins: guise < class < method < parameter < call; undefined removes.
import {
  Call,
  type CallOptions,
  Client,
  Get,
  Header,
  HeaderMap,
  Headers,
  Param,
  type Reply,
  Responses,
  remote,
  reply,
  text,
} from 'guise'
import { expect, it } from 'vitest'
import { z } from 'zod'
import { requestOf, sentHeaders } from './support.js'

@Client({ name: 'layered' })
@Headers({ 'X-Class': 'class', 'x-method': 'class', 'x-param': 'class', 'x-call': 'class', 'X-Var': '{v}' })
class Layered {
  @Get()
  @Headers({ 'x-METHOD': 'method', 'x-param': 'method', 'x-call': 'method' })
  all(
    @Param('v') v?: string,
    @Header('X-Param') param?: string,
    @HeaderMap() map?: Record<string, string | undefined>,
    @Call() options?: CallOptions,
  ): Promise<unknown> {
    return remote(v, param, map, options)
  }
}
const names = ['x-guise', 'X-Class', 'x-method', 'x-param', 'x-call', 'X-VAR']
const headers = Object.fromEntries(names.map(name => [name, 'guise']))
const sent = (call: (client: Layered) => Promise<unknown>) => sentHeaders(Layered, call, { headers })

it('guise < class < method < parameter < call', async () => {
  const options = { headers: { 'X-Call': 'call' } }
  expect(await sent(client => client.all('variable', 'parameter', { 'x-call': 'map' }, options))).toEqual({
    'x-guise': 'guise',
    'x-class': 'class',
    'x-method': 'method',
    'x-param': 'parameter',
    'x-call': 'call',
    'x-var': 'variable',
  })
})

it('undefined removes, at each place', async () => {
  const map = { 'x-method': undefined, 'x-call': undefined }
  const options = { headers: { 'x-class': undefined, 'X-GUISE': undefined, 'x-none': undefined } }
  expect(await sent(client => client.all(undefined, undefined, map, options))).toEqual({})
  expect(await sent(c => c.all('v', 'p', { 'X-Var': 'map' }))).toMatchObject({ 'x-var': 'map' })
})

it('sends each name once, in lower case', async () => {
  const { raw } = await requestOf(Layered, c => c.all('v', 'p'), { headers })
  const sentNames = raw.headers.filter((_, index) => index % 2 === 0)
  expect(sentNames).toEqual([...new Set(sentNames.map(name => name.toLowerCase()))])
})

it('accept: application/json is a default that all else replaces', async () => {
  class Json {
    @Get()
    @Responses({ 200: z.string() })
    json(@Header('accept') accept?: string): Promise<string> {
      return remote(accept)
    }
    @Get()
    @Responses({ 200: reply(z.string()) })
    whole(): Promise<Reply<200, string>> {
      return remote()
    }
    @Get()
    @Responses({ 200: text() })
    text(): Promise<string> {
      return remote()
    }
  }
  const accept = async (call: (client: Json) => Promise<unknown>, own?: Record<string, string>) => {
    const answered = (client: Json) => call(client).catch(() => undefined)
    return (await sentHeaders(Json, answered, own && { headers: own })).accept
  }
  expect(await accept(client => client.whole())).toBe('application/json')
  expect(await accept(client => client.whole(), { Accept: 'text/guise' })).toBe('text/guise')
  expect(await accept(client => client.json('text/x'))).toBe('text/x')
  expect(await accept(client => client.json())).toBeUndefined()
  expect(await accept(client => client.text())).toBeUndefined()
})
