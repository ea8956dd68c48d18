/** Writes the answers of a stub, and its reports of what is no answer. */
import type { ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import type { SentAnswer } from './stub-answer.js'
import type { StubMistake } from './stub-mistakes.js'

export function sendAnswer(response: ServerResponse, { status, headers, body }: SentAnswer): void {
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
  if (!(body instanceof Uint8Array)) {
    // A stream that breaks ends the connection with it: the client sees a body that is not whole.
    pipeline(body, response, () => {})
    return
  }
  // Node sets the length itself, but not in the answer to HEAD.
  if (body.length > 0) response.setHeader('content-length', body.length)
  response.end(body)
}

/** The mistake as JSON, for whoever reads the answer. */
export function sendMistake(
  response: ServerResponse,
  stub: string,
  mistake: StubMistake,
  allow: readonly string[],
): void {
  const { kind, method, request, message, issues, routes } = mistake
  if (allow.length > 0) response.setHeader('allow', allow.join(', '))
  response.statusCode = mistake.status
  response.setHeader('content-type', 'application/json')
  response.end(
    `${JSON.stringify({ stub, mistake: kind, method, request, message, issues, routes }, null, 2)}\n`,
  )
}
