// Faults that were found by attacking the client, each kept from coming back.
import { inspect } from 'node:util'
import { createClient, DeclarationError, Get, Param, Responses, remote, text } from 'guise'
import { mockTransport } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { rejection } from '../decode/support.js'
import { closing, serveSocket } from './support.js'

class Api {
  @Get('/{id}') @Responses({ 200: text() }) get(@Param('id') id: number): Promise<string> {
    return remote(id)
  }
}

function rules(options: object): string[] {
  try {
    createClient(Api, { url: 'http://h', ...options })
  } catch (error) {
    return (error as DeclarationError).mistakes.map(({ rule }) => rule)
  }
  return []
}

describe('row 38', () => {
  it('the cause of an answer that is no HTTP shows nothing of it (HTTPParserError.data)', async () => {
    const url = await serveSocket(socket =>
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nbad name: CANARY\r\n\r\nCANARY')),
    )
    const error = await rejection(closing(createClient(Api, { url, retry: false })).get(1))
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION' })
    expect(inspect(error, { depth: 10 })).not.toContain('CANARY')
  })
})

describe('options of createClient', () => {
  it('row 6: a header that stands twice, in different case, is refused', () => {
    expect(rules({ headers: { 'X-A': '1', 'x-a': '2' } })).toHaveLength(1)
  })

  it('a misspelled phase is hinted at by the phases', () => {
    expect(rules({ timeout: { conect: 5 } })).toEqual([
      expect.stringMatching(/timeout\.conect; did you mean (timeout\.)?connect\?/),
    ])
  })

  it('a misspelled option of a policy is hinted at by the options of that policy', () => {
    expect(rules({ retry: { retrys: 5 } })).toEqual([
      expect.stringMatching(/retry\.retrys; did you mean (retry\.)?retries\?/),
    ])
  })

  it('the bad one of several URLs is named', () => {
    expect(rules({ url: ['http://a', 'ftp://b'] })).toEqual(['url.1 must be an http or https URL'])
  })

  it('what is no record is told in words', () => {
    expect(rules({ headers: new Headers({ a: 'b' }) })).toEqual([expect.stringMatching(/^headers must be /)])
  })
})

describe('a declaration', () => {
  it("a class's own asyncDispose is run as well, or refused", async () => {
    const disposed: string[] = []
    class Own extends Api {
      async [Symbol.asyncDispose](): Promise<void> {
        disposed.push('own')
      }
    }
    try {
      await createClient(Own, { url: 'http://h', transport: mockTransport() })[Symbol.asyncDispose]()
    } catch (error) {
      expect(error).toBeInstanceOf(DeclarationError)
      return
    }
    expect(disposed).toEqual(['own'])
  })
})
