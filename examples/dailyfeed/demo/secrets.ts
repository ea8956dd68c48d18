// What no log may hold: A15. It looks back at the whole demo, so it comes last.
import { inspect } from 'node:util'
import {
  ArgumentError,
  ConnectionError,
  close,
  createClient,
  DecodeError,
  ResponseValidationError,
  TimeoutError,
} from 'guise'
import { DailyfeedError, ServiceUnavailable, Unauthorized } from '../clients/errors.js'
import { ImageClient } from '../clients/image.js'
import type { Fault, ImageRoute, ReceivedRequest } from '../services/index.js'
import type { Scenario, Setting, Settings } from './scenario.js'
import { isAnswer } from './stage.js'

const DELETE: ImageRoute = 'POST /api/images/view/command/delete/in'
/** Stands in all that must not be seen, and nowhere else. */
const CANARY = 'canary-4711'
/** A body that is not longer, such as `{}`, may stand in any line by chance. */
const CHANCE = 8

type ErrorClass = new (...args: never[]) => Error

/** The ways to fail, with the canary in whatever the service sends. */
const ways: readonly (readonly [Fault, number | null, ErrorClass])[] = [
  [{ status: 500, body: { secret: CANARY } }, 500, ServiceUnavailable],
  [{ errorEnvelope: { statusCode: 503, message: CANARY } }, 200, ServiceUnavailable],
  [{ status: 401, body: CANARY }, 401, Unauthorized],
  [{ status: 302, headers: { location: `/login?token=${CANARY}` } }, 302, DailyfeedError],
  [{ status: 200, body: { status: 200, result: CANARY, data: CANARY } }, 200, ResponseValidationError],
  [
    { status: 200, body: `{"data":"${CANARY}`, headers: { 'content-type': 'application/json' } },
    200,
    DecodeError,
  ],
  [{ resetBeforeHeaders: true }, null, ConnectionError],
  [{ storeThenTimeout: true }, null, TimeoutError],
]

export const a15: Scenario = {
  title: 'A15  No token, no cookie and no body in any log',
  there: 'dailyfeed: the logger stood at FULL, and wrote every token and every body down at every call.',
  here: 'Here: an error names the call and its end. Headers and body are for those who ask it, and a log does not ask.',
  async run(stage, settings) {
    const { feed } = settings.strict
    const cookie = `refresh_token=${CANARY}`
    const options = { url: feed.image.url, retry: false, headers: { cookie } } as const
    const image = createClient(ImageClient, options)
    const hasty = createClient(ImageClient, { ...options, timeout: 300 })
    for (const [fault, wire, error] of ways) {
      const client = fault.storeThenTimeout ? hasty : image
      const call = () => client.deleteImagesBulkRequest(CANARY, [`/api/images/view/${CANARY}.png`])
      const headers = { 'set-cookie': cookie, ...fault.headers }
      await stage.call({
        ...{ service: feed.image, call, wire, gets: { error } },
        fault: [DELETE, { ...fault, headers }],
      })
    }
    await stage.call({
      ...{ service: feed.image, wire: null, gets: { error: ArgumentError } },
      call: () => image.deleteImagesBulkRequest(`${CANARY}\n`, []),
    })
    await close(image)
    await close(hasty)

    const secrets = secretsOf(settings, stage.errors)
    const { words, texts } = secrets
    stage.claim(`looked for ${words.size} tokens and cookies, and ${texts.size} bodies`, words.has(CANARY))
    const { errors, printed } = stage
    const telling = errors.filter(error => logged(error).some(text => shows(text, secrets)))
    stage.claim(
      `${telling.length} of ${errors.length} errors show one, in whatever way they are logged`,
      telling.length === 0,
    )
    const lines = printed.filter(line => shows(line, secrets))
    stage.claim(`${lines.length} of the ${printed.length} lines above do`, lines.length === 0)
  },
}

/** An error as logs write it down: text, console.log, all that util.inspect finds, JSON, and a copy of its members. */
export function logged(error: unknown): string[] {
  const stack = error instanceof Error ? String(error.stack) : ''
  const all = inspect(error, { depth: null, showHidden: true, maxStringLength: null })
  const members = typeof error === 'object' ? inspect({ ...error }, { depth: null }) : ''
  return [String(error), stack, inspect(error), all, JSON.stringify(error) ?? '', members]
}

interface Secrets {
  /** Tokens and the values of cookies. */
  readonly words: ReadonlySet<string>
  /** Whole bodies of requests and of answers. */
  readonly texts: ReadonlySet<string>
}

/** Taken from the wire itself, so that no scenario is left out. */
function secretsOf(settings: Settings, errors: readonly unknown[]): Secrets {
  const requests = [settings.legacy, settings.strict].flatMap(requestsOf)
  const words = requests.flatMap(({ headers: { authorization = '', cookie = '' } }) => [
    authorization.replace('Bearer ', ''),
    cookie.replace('refresh_token=', ''),
  ])
  const texts = [...requests.map(({ body }) => body), ...errors.map(e => (isAnswer(e) ? e.text : ''))]
  return {
    words: new Set(words.filter(Boolean)),
    texts: new Set(texts.filter(({ length }) => length > CHANCE)),
  }
}

function requestsOf({ feed }: Setting): readonly ReceivedRequest[] {
  const { member, content, timeline, image, activity, audit } = feed
  return [member, content, timeline, image, activity, audit].flatMap(({ received }) => received)
}

function shows(text: string, { words, texts }: Secrets): boolean {
  if (text.includes(CANARY)) return true
  return text.split(/[^\w-]+/).some(word => words.has(word)) || [...texts].some(body => text.includes(body))
}
