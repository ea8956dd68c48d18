// Row 38: whatever secret goes through a call, none shows in any output of any error.
import { format, inspect } from 'node:util'
import { createClient, type HttpError } from 'guise'
import { describe, expect, it } from 'vitest'
import { closing, refusing, serve, serveSocket } from '../client/support.js'
import { rejection } from '../decode/support.js'
import { Api, CANARY, Free, secrets } from './secrets.js'

const clientOf = (url: string) =>
  closing(
    createClient(Api, {
      url,
      headers: { 'x-guise': CANARY },
      timeout: { total: 200 },
      retry: { retries: 1, minDelay: 1, maxDelay: 1 },
    }),
  )

/** Everything that a log could be given of an error. */
function outputsOf(error: Error): string {
  return [
    error.message,
    error.stack,
    String(error),
    JSON.stringify(error),
    JSON.stringify({ error, list: [error] }),
    inspect(error, { depth: 10, showHidden: false }),
    inspect({ error }, { depth: 10 }),
    format('%s %j %O', error, error, error),
    error.cause === undefined ? '' : inspect(error.cause, { depth: 10 }),
  ].join('\n')
}

const leaky = {
  'x-answer': CANARY,
  'set-cookie': [`sid=${CANARY}`, `b=${CANARY}`],
  'www-authenticate': `Bearer error="${CANARY}"`,
  location: `http://elsewhere/?token=${CANARY}`,
}
const answers: readonly [string, number, string, string, string][] = [
  ['HttpError', 500, 'application/json', `{"secret":"${CANARY}"}`, 'GUISE_HTTP'],
  ['HttpError after a retry', 503, 'application/json', `{"secret":"${CANARY}"}`, 'GUISE_HTTP'],
  ['HttpError of a redirect', 302, 'text/plain', CANARY, 'GUISE_HTTP'],
  ['HttpError of an unlisted success', 201, 'text/plain', CANARY, 'GUISE_HTTP'],
  ['a subclass of HttpError', 409, 'application/json', `{"secret":"${CANARY}","list":[]}`, 'GUISE_HTTP'],
  ["a class of the user's", 410, 'application/json', `{"secret":"${CANARY}"}`, ''],
  ['DecodeError of a page', 200, 'text/html', `<p>${CANARY}`, 'GUISE_DECODE'],
  ['DecodeError of broken JSON', 200, 'application/json', `{"a":"${CANARY}`, 'GUISE_DECODE'],
  ['DecodeError of a failure', 409, 'application/json', `["${CANARY}"`, 'GUISE_DECODE'],
  [
    'ResponseValidationError',
    200,
    'application/json',
    `{"secret":["${CANARY}"],"list":["${CANARY}"]}`,
    'GUISE_RESPONSE',
  ],
]

describe('no secret of a request or a response shows in', () => {
  it.each(answers)('%s (%i)', async (_, status, type, body, code) => {
    const seen: string[] = []
    const { url } = await serve((request, response) => {
      seen.push(request.url ?? '')
      response.writeHead(status, `Reason ${CANARY}`, { ...leaky, 'content-type': type }).end(body)
    })
    const client = clientOf(url)
    for (const act of [
      () => client.post(...secrets()),
      () => client.form(CANARY, CANARY, { m: CANARY }),
      () => client.parts(CANARY, { m: CANARY }),
    ]) {
      const error = await rejection(act())
      expect(outputsOf(error)).not.toContain(CANARY)
    }
    const error = await rejection<HttpError>(client.post(...secrets()))
    expect(seen[0]).toContain(CANARY)
    expect(error.code ?? '').toBe(code)
    const holder = (code === '' ? error.cause : error) as HttpError
    expect([holder.text.includes(CANARY), holder.headers.get('x-answer')]).toEqual([true, CANARY])
  })

  it('a TimeoutError', async () => {
    const { url } = await serve(() => {})
    const error = await rejection(clientOf(url).post(...secrets()))
    expect(error).toMatchObject({ code: 'GUISE_TIMEOUT', delivery: 'unknown' })
    expect(outputsOf(error)).not.toContain(CANARY)
  })

  it.each<[string, () => Promise<string>]>([
    ['a refused connection', refusing],
    ['a connection that is closed', () => serveSocket(socket => socket.once('data', () => socket.end()))],
    [
      'a connection that is reset',
      () => serveSocket(socket => socket.once('data', () => socket.resetAndDestroy())),
    ],
  ])('a ConnectionError of %s', async (_, start) => {
    const error = await rejection(clientOf(await start()).post(...secrets()))
    expect(error).toMatchObject({ code: 'GUISE_CONNECTION' })
    expect(outputsOf(error)).not.toContain(CANARY)
  })

  it.each<[string, unknown]>([
    ['id', `..\0${CANARY}`],
    ['id', { secret: CANARY }],
    ['q', { deep: { secret: CANARY } }],
    ['templated', `${CANARY}\r\nx: y`],
    ['key', { secret: CANARY }],
    ['more', { token: { deep: CANARY } }],
    ['secret', `${CANARY}\n`],
    ['secret', `${CANARY}é`],
    ['headers', { 'x-map': `${CANARY}\0` }],
    ['cookie', `${CANARY};`],
    ['token', `${CANARY} ${CANARY}`],
    ['idempotency', `"${CANARY}"`],
    ['body', { secret: [CANARY], list: [CANARY] }],
    ['body', Object.assign([CANARY], { toJSON: () => CANARY })],
    ['options', { headers: { 'x-call': `${CANARY}\r` } }],
    ['options', { timeout: CANARY }],
  ])('an ArgumentError of %s, case %#', async (name, value) => {
    const { url } = await serve(() => {})
    const error = await rejection(clientOf(url).post(...secrets({ [name]: value })))
    expect(error).toMatchObject({ code: 'GUISE_ARGUMENT', attempts: 0, delivery: 'not-sent' })
    expect(outputsOf(error)).not.toContain(CANARY)
  })

  it('an error of a call with a URL of its own', async () => {
    const { url } = await serve((_, response) => response.writeHead(500).end(CANARY))
    const client = closing(createClient(Free, { url }))
    for (const own of [`${url}/${CANARY}?token=${CANARY}`, `http://${CANARY}.test/`, `${url}/\\${CANARY}`]) {
      const error = await rejection(client.get(own))
      expect(error.message).toContain(`Free.get: `)
      expect(outputsOf(error)).not.toContain(CANARY)
    }
  })

  it('a DeclarationError of wrong options', () => {
    for (const wrong of [
      { url: `http://user:${CANARY}@h` },
      { url: `http://h/?key=${CANARY}` },
      { url: 'http://h', headers: { authorization: `Bearer ${CANARY}\n` } },
      { url: 'http://h', timeout: CANARY },
      { url: 'http://h', allowOrigins: [`ftp://${CANARY}`] },
      { url: 'http://h', connections: CANARY },
      { url: 'http://h', dispatcher: { key: CANARY } },
    ]) {
      let error: Error | undefined
      try {
        createClient(Api, wrong as never)
      } catch (thrown) {
        error = thrown as Error
      }
      expect(error).toMatchObject({ code: 'GUISE_DECLARATION' })
      expect(outputsOf(error as Error)).not.toContain(CANARY)
    }
  })
})
