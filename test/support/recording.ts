/** A transport that records requests and answers them from a list: most rules of encoding and decoding need no socket. */
import type { HttpRequest, HttpResponse, SendOptions, Transport } from 'guise'

export interface Answer {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
  readonly truncated?: boolean
}

export interface Recording extends Transport {
  readonly requests: HttpRequest[]
  readonly options: SendOptions[]
  /** The only request. */
  readonly request: HttpRequest
}

/** Answers each request in turn, the last answer for ever; by default `200` with an empty body. */
export function recording(...answers: readonly Answer[]): Recording {
  const requests: HttpRequest[] = []
  const options: SendOptions[] = []
  return {
    requests,
    options,
    get request() {
      if (requests.length !== 1) throw new Error(`${requests.length} requests were sent, not 1`)
      return requests[0] as HttpRequest
    },
    async send(request, sendOptions) {
      const answer = answers[Math.min(requests.length, answers.length - 1)] ?? {}
      requests.push(request)
      options.push(sendOptions)
      return responseOf(answer)
    },
    async close() {},
  }
}

export function responseOf({
  status = 200,
  headers = {},
  body = '',
  truncated = false,
}: Answer): HttpResponse {
  const raw = Object.assign(Object.create(null), headers)
  return {
    status,
    statusText: '',
    headers: raw,
    body: typeof body === 'string' ? Buffer.from(body) : body,
    truncated,
  }
}

/** A JSON answer. */
export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

/** Header values by name, of a flat list. */
export function headersOf({ headers }: HttpRequest): Record<string, string> {
  const record: Record<string, string> = {}
  for (let i = 0; i < headers.length; i += 2) record[headers[i] as string] = headers[i + 1] as string
  return record
}
