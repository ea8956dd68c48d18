// Each way in which a provider can break a declaration, or an example can come to another end than it says.
import type { RequestListener } from 'node:http'
import { Get, Param, Responses, remote } from 'guise'
import { answer, type ProviderReport, stub, verifyProvider } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { json, refusing, serve } from '../client/support.js'
import { kim, MemberClient, NameTaken, Refused } from './provider-service.js'

/** One example of `byId` against a service of the test's making. */
async function tried(listener: RequestListener, args: readonly [number] = [7]): Promise<ProviderReport> {
  const { url } = await serve(listener)
  return verifyProvider(MemberClient, url, { byId: [args] })
}

describe('where a provider breaks the declaration', () => {
  it.each<[string, string, RequestListener, number | undefined, string]>([
    [
      'a status that is not listed',
      'status',
      (_, response) => response.writeHead(503).end(),
      503,
      'the service answered 503; the response table knows 4xx, 200, 404',
    ],
    [
      'a success that is not listed',
      'status',
      (_, response) => json(response, kim, 203),
      203,
      'the service answered 203; the response table knows 4xx, 200, 404',
    ],
    [
      'another content type',
      'body',
      (_, response) => response.setHeader('content-type', 'text/html').end('<p>'),
      200,
      'MemberClient.byId: 200 OK, but it is text/html where JSON is expected; text() would read it',
    ],
    [
      'no body',
      'body',
      (_, response) => response.end(),
      200,
      'MemberClient.byId: 200 OK, but its body is empty where JSON is expected',
    ],
    [
      'a body that does not fit',
      'schema',
      (_, response) => json(response, { id: '7', name: 'kim' }),
      200,
      'MemberClient.byId: 200 OK, but its body does not fit the schema: id: Invalid input: expected number, received string',
    ],
    ['no answer', 'connection', request => request.socket.destroy(), undefined, 'MemberClient.byId: '],
    [
      'a value for a status of failure',
      'outcome',
      (_, response) => response.writeHead(404).end(),
      404,
      'the service answered 404, of which the table makes a value; if that is meant, say { args, resolves: ... }; if not, the service seems to have no GET /api/members/{memberId}',
    ],
    [
      'a declared failure',
      'outcome',
      (_, response) => response.writeHead(401).end(),
      401,
      'it rejected with Refused for 401, as declared; if that is meant, say { args, rejects: Refused }',
    ],
  ])('%s is a breach: %s', async (_, breach, listener, status, message) => {
    const requests: string[] = []
    const report = await tried((request, response) => {
      requests.push(request.url ?? '')
      listener(request, response)
    })
    expect(report.ok).toBe(false)
    expect(report.results).toMatchObject([
      { method: 'MemberClient.byId', call: 'byId(7)', ok: false, breach, status },
    ])
    expect(report.results[0]?.message).toContain(message)
    // Nothing is repeated, whatever the class says.
    expect(requests).toEqual(['/api/members/7'])
  })

  it('has the paths of all issues', async () => {
    const { url } = await serve((_, response) => json(response, [{}, {}, kim]))
    const report = await verifyProvider(MemberClient, url, { list: [[1]] })
    expect(report.results[0]?.issues.map(({ path }) => path.join('.'))).toEqual([
      '0.id',
      '0.name',
      '1.id',
      '1.name',
    ])
    expect(String(report)).toContain('1.name: Invalid input: expected string, received undefined')
  })

  it.each([404, 405, 501])('is a route that it does not have: an undeclared %i', async status => {
    class Health {
      @Get('/health{?deep}')
      @Responses({ 200: z.string() })
      health(@Param('deep') deep?: boolean): Promise<string> {
        return remote(deep)
      }
    }
    const { url } = await serve((_, response) => response.writeHead(status).end())
    const report = await verifyProvider(Health, url, { health: [[]] })
    expect(report.results).toMatchObject([
      {
        breach: 'route',
        status,
        message: `the service answered ${status}: it seems to have no GET /health{?deep}`,
      },
    ])
  })

  it('is an address at which nobody listens', async () => {
    const report = await verifyProvider(MemberClient, await refusing(), { byId: [[7]] })
    expect(report.results).toMatchObject([{ breach: 'connection', status: undefined }])
    expect(String(report)).toContain(
      '\n  FAIL  MemberClient.byId(7)  (connection)\n          MemberClient.byId: ',
    )
  })
})

describe('an outcome that the example does not expect', () => {
  const examples: [string, Parameters<typeof verifyProvider<MemberClient>>[2], string][] = [
    [
      'another value',
      { byId: [{ args: [7], resolves: { id: 7, name: 'lee' } }] },
      "it resolved to { id: 7, name: 'kim' }, and should have resolved to { id: 7, name: 'lee' }",
    ],
    [
      'a value that a function refuses',
      { byId: [{ args: [7], resolves: member => member?.name === 'lee' }] },
      'it resolved to a value that the example refuses',
    ],
    [
      'a function that throws',
      {
        byId: [
          {
            args: [7],
            resolves: () => {
              throw new Error('not lee')
            },
          },
        ],
      },
      'not lee',
    ],
    [
      'a function that rejects',
      { byId: [{ args: [7], resolves: () => Promise.reject(new Error('not lee')) }] },
      'not lee',
    ],
    [
      'no failure',
      { byId: [{ args: [7], rejects: NameTaken }] },
      'it resolved, and should have rejected with NameTaken',
    ],
    [
      'another failure',
      { create: [{ args: [{ name: 'kim' }], rejects: Refused }] },
      'it rejected with NameTaken, and should have with Refused',
    ],
  ]
  it.each(examples)('%s', async (_, example, message) => {
    await using server = await stub(MemberClient, { byId: () => kim, create: () => answer(409) })
    const report = await verifyProvider(MemberClient, server.url, example)
    expect(report.results).toMatchObject([{ ok: false, breach: 'outcome', message }])
  })
})
