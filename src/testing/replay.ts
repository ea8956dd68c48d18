/** `replay`: a transport that answers from a file that `record` wrote. */
import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { contractOf, type MethodContract, type ServiceClass } from '../contract/index.js'
import { decoderOf } from '../decode/index.js'
import { Failure } from '../errors/failure.js'
import { ResponseValidationError } from '../errors/index.js'
import {
  type HttpRequest,
  type HttpResponse,
  type SendOptions,
  type Transport,
  TransportFailure,
} from '../http/index.js'
import { REDACTED, redactUrl } from '../redact.js'
import { type Fixture, type FixtureCall, nameOf, readFixture } from './fixture.js'
import { bytesOfFixture, type FixtureBody, fixtureBody } from './fixture-body.js'
import { MockError } from './mock-error.js'
import { pinned } from './mock-messages.js'
import { bytesOf, headersOf } from './mock-request.js'
import { show } from './show.js'

/**
 * A transport for the option `transport` of `createClient` that answers from a recording. A request is answered by the
 * first call of the file with its verb, path and body that has not answered yet; credentials are not compared. Failures
 * of the network are played as well.
 *
 * A request that the file does not hold rejects the call with `MockError`, which says what the file holds. So does an
 * answer that no longer fits what the class declares, naming file and call.
 *
 * @param file what `record` wrote.
 * @param Class the declared class; without it, an answer that does not fit is the client's own error.
 * @throws MockError if there is no such file, or if it is no recording.
 *
 * @example
 * const transport = replay('test/members.json', MemberClient)
 * const members = createClient(MemberClient, { url: 'http://member-svc', transport })
 */
export function replay(file: string | URL, Class?: ServiceClass): Transport {
  const recording = new Player(nameOf(file), readFixture(file), Class)
  return {
    async send(request, options) {
      if (options.signal?.aborted) throw options.signal.reason
      return recording.answer(request, options)
    },
    async close() {},
  }
}

/** What of a request is compared. */
interface Asked {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

class Player {
  readonly #name: string
  readonly #fixture: Fixture
  readonly #Class: ServiceClass | undefined
  readonly #used = new Set<FixtureCall>()

  constructor(name: string, fixture: Fixture, Class: ServiceClass | undefined) {
    this.#name = name
    this.#fixture = fixture
    this.#Class = Class
  }

  async answer(request: HttpRequest, options: SendOptions): Promise<HttpResponse> {
    const call = this.#find(await this.#asked(request))
    this.#used.add(call)
    if (call.failure !== undefined) throw failureOf(call.failure)
    const response = responseOf(call)
    await this.#check(call, response)
    const receive = options.receive(response.status)
    if (receive === 'discard') return { ...response, body: new Uint8Array() }
    return receive === 'stream' ? { ...response, body: Readable.from([response.body]) } : response
  }

  async #asked({ method, path, headers, body }: HttpRequest): Promise<Asked> {
    const bytes = (await bytesOf(body)) ?? new Uint8Array()
    const type = headersOf(headers)['content-type'] ?? ''
    return { method, path: redactUrl(path), body: fixtureBody(bytes, type, this.#fixture.redacted) }
  }

  #find(asked: Asked): FixtureCall {
    const { calls } = this.#fixture
    const samePlace = calls.filter(
      ({ request }) => request.method === asked.method && samePath(request.path, asked.path),
    )
    const same = samePlace.filter(call => isDeepStrictEqual(bodyOf(call.request), asked.body))
    const call = same.find(one => !this.#used.has(one))
    if (call !== undefined) return call
    const line = `${asked.method} ${asked.path}`
    const held = calls.map(
      (one, index) => `\n  ${index + 1}. ${titleOf(one)}${this.#used.has(one) ? '  (used)' : ''}`,
    )
    const advice = `\nIf the call is right, record the file anew with use: [record('${this.#name}')]`
    if (same.length > 0) {
      const times = same.length === 1 ? 'once' : `${same.length} times`
      throw new MockError(
        `${this.#name} holds ${line} only ${times}, and it has been used${held.join('')}${advice}`,
        {
          expected: calls.map(titleOf),
          actual: [...calls.map(titleOf), line],
        },
      )
    }
    const [other] = samePlace
    if (other !== undefined) {
      throw new MockError(
        `${this.#name} holds ${line} with another body\n  held: ${show(bodyOf(other.request))}\n  sent: ${show(asked.body)}${advice}`,
        { expected: bodyOf(other.request), actual: asked.body },
      )
    }
    throw new MockError(`${this.#name} holds no call ${line}${held.join('')}${advice}`, {
      expected: calls.map(titleOf),
      actual: [line],
    })
  }

  /** Decodes the answer as the client will, to say which file and which call is at fault. */
  async #check(call: FixtureCall, response: HttpResponse): Promise<void> {
    const contract = this.#contractFor(call)
    if (contract === undefined) return
    try {
      const decoder = decoderOf(contract)
      if (decoder.receive(response.status) === 'gather') await decoder.decode(response)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (error.outcome.kind !== 'validation' && error.outcome.kind !== 'decode') return
      const cause = error.toError({}) as Error
      const issues =
        cause instanceof ResponseValidationError ? cause.issues : [{ path: [], message: cause.message }]
      const actual = call.response?.json ?? bodyOf(call.response ?? {})
      throw new MockError(
        `${this.#whereOf(call)} no longer fits what ${contract.id} declares\n  ${cause.message}\n` +
          'Correct the declaration, or record the file anew',
        { expected: pinned(structuredClone(actual), issues), actual, cause },
      )
    }
  }

  #contractFor({ call }: FixtureCall): MethodContract | undefined {
    if (this.#Class === undefined) return undefined
    const methods = Object.values(contractOf(this.#Class).methods)
    return methods.find(({ id }) => id === call)
  }

  /** `test/members.json, call 3 (GET /api/members/7)` */
  #whereOf(call: FixtureCall): string {
    return `${this.#name}, call ${this.#fixture.calls.indexOf(call) + 1} (${titleOf(call)}),`
  }
}

const titleOf = ({ request }: FixtureCall): string => `${request.method} ${request.path}`

/** The body's own member alone, for comparison. */
function bodyOf({ json, text, base64 }: FixtureBody): FixtureBody {
  if (json !== undefined) return { json }
  return text === undefined ? (base64 === undefined ? {} : { base64 }) : { text }
}

/** A segment that was redacted may be anything. */
function samePath(held: string, asked: string): boolean {
  const [path = '', ...query] = held.split('?')
  const [askedPath = '', ...askedQuery] = asked.split('?')
  const [segments, others] = [path.split('/'), askedPath.split('/')]
  return (
    query.join('?') === askedQuery.join('?') &&
    segments.length === others.length &&
    segments.every((segment, index) => segment === REDACTED || segment === others[index])
  )
}

function responseOf({ response }: FixtureCall): HttpResponse & { readonly body: Uint8Array } {
  const { status = 200, headers = {}, truncated = false, ...body } = response ?? {}
  const raw = Object.assign(Object.create(null), headers)
  return { status, statusText: '', headers: raw, body: bytesOfFixture(body), truncated }
}

function failureOf({ code, phase, status, ...facts }: NonNullable<FixtureCall['failure']>): TransportFailure {
  return new TransportFailure({
    ...facts,
    ...(phase !== undefined && { phase }),
    ...(status !== undefined && { status }),
    ...(code !== undefined && { cause: Object.assign(new Error(`recorded: ${code}`), { code }) }),
  })
}
