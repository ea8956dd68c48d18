// Reads what a caller sent: ids, paging and JSON bodies, each refused with the same kind of failure.
import type { Paging } from './envelopes.js'
import { invalid } from './failures.js'
import type { Call } from './service.js'

export function pathId(call: Call, name: string): number {
  const text = call.params[name] ?? ''
  if (!/^\d{1,19}$/.test(text)) throw invalid(`${name} is not an id`)
  return Number(text) // one beyond 2^53 loses digits here, and nobody in the seed has it
}

/** A Java Long may exceed 2^53. JSON.parse would round such an id in silence, so this service refuses it. */
export function id(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value)) throw invalid(`${name} is not an id`)
  return value
}

export function ids(value: unknown, name: string): number[] {
  if (!Array.isArray(value)) throw invalid(`${name} is not a list of ids`)
  return value.map(item => id(item, name))
}

/** Absent means the first page of ten. `sort` is accepted and ignored, as in member-svc. */
export function paging(call: Call): Paging {
  const page = Number(call.query.get('page') || 0)
  const size = Number(call.query.get('size') || 10)
  if (!Number.isInteger(page) || page < 0) throw invalid('page is not a page number')
  if (!Number.isInteger(size) || size < 1) throw invalid('size is not a page size')
  return { page, size }
}

export function jsonBody(call: Call): Record<string, unknown> {
  const type = call.request.headers['content-type'] ?? ''
  if (!/^application\/json\b/i.test(type)) throw invalid('the content type is not application/json', 415)
  const value = parse(call.request.body)
  if (typeof value !== 'object' || value === null) throw invalid('the body is not a JSON object')
  return value as Record<string, unknown>
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw invalid('the body is not JSON')
  }
}
