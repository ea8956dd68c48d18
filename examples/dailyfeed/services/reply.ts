// One answer as plain data, so that a handler, a fault and a test can all make one.
import { type OutgoingHttpHeaders, STATUS_CODES } from 'node:http'

export interface Reply {
  readonly status: number
  readonly headers: OutgoingHttpHeaders
  readonly body: string
}

export function json(status: number, value: unknown, headers: OutgoingHttpHeaders = {}): Reply {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(value) }
}

export function text(status: number, body: string, headers: OutgoingHttpHeaders = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain;charset=UTF-8', ...headers }, body }
}

export function empty(status: number, headers: OutgoingHttpHeaders = {}): Reply {
  return { status, headers, body: '' }
}

/** The page of a proxy that found nobody behind it. */
export function html(status: number, headers: OutgoingHttpHeaders = {}): Reply {
  const title = `${status} ${STATUS_CODES[status] ?? 'Error'}`
  const body = `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n</body>\r\n</html>\r\n`
  return { status, headers: { 'content-type': 'text/html', ...headers }, body }
}
