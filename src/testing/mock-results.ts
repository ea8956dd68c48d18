/** Whether a method of a service could resolve to a value: the declared response table, read from its other end. */
import { Readable } from 'node:stream'
import { isDeepStrictEqual } from 'node:util'
import { entriesFor, type MethodContract, namesSuccess } from '../contract/index.js'
import type { EntryRecord } from '../declare/response.js'
import type { Checked, Issue } from '../schema/standard.js'
import { outputOf } from './mock-output.js'
import { show } from './show.js'

/** Why an entry of the table cannot lead to the value. */
export interface Misfit {
  /** The entry's key: `200`. */
  readonly status: string
  readonly issues: readonly Issue[]
}

/** The value as the caller gets it, or why no entry of the table leads to it. */
export type Fit =
  | { readonly value: unknown; readonly misfits?: undefined }
  | { readonly misfits: readonly Misfit[] }

type Result = Checked | Promise<Checked>

/** Checks a value against a method's whole table; a promise where a schema is asynchronous. */
export function fitOf({ responses }: MethodContract, value: unknown): Fit | Promise<Fit> {
  // A method whose table names no success trusts its declared type.
  if (!namesSuccess(responses)) return { value }
  const keys: string[] = []
  const results: Result[] = []
  for (const [key, entries] of responses) {
    for (const entry of entries) {
      if (entry.kind === 'throws') continue
      keys.push(String(key))
      results.push(reached(entry, value, status => entriesFor(responses, status)?.includes(entry) === true))
    }
  }
  const decide = (all: readonly Checked[]): Fit => {
    const found = all.find(result => result.issues === undefined)
    if (found?.issues === undefined && found !== undefined) return found
    return { misfits: all.map(({ issues = [] }, index) => ({ status: keys[index] ?? '', issues })) }
  }
  return results.every(isSettled) ? decide(results) : Promise.all(results).then(decide)
}

const isSettled = (result: Result): result is Checked => !(result instanceof Promise)

function reached(entry: EntryRecord, value: unknown, covers: (status: number) => boolean): Result {
  switch (entry.kind) {
    case 'schema':
      return outputOf(entry.schema, value)
    case 'value':
      return isDeepStrictEqual(value, entry.value) ? { value } : missed(`it is not ${show(entry.value)}`)
    case 'nothing':
      return value === undefined ? { value } : missed('it is not undefined')
    case 'text':
      return typeof value === 'string' ? { value } : missed('it is no string')
    case 'bytes':
      return value instanceof Uint8Array ? { value } : missed('it is no Uint8Array')
    case 'stream':
      return value instanceof Readable ? { value } : missed('it is no Readable')
    case 'reply':
      return wholeReply(entry, value, covers)
    default:
      // Streams of values come one by one, and are checked when they are there.
      return { value }
  }
}

const missed = (message: string, path: readonly string[] = []): Checked => ({ issues: [{ path, message }] })

function wholeReply(
  entry: EntryRecord & { kind: 'reply' },
  value: unknown,
  covers: (status: number) => boolean,
): Result {
  if (typeof value !== 'object' || value === null) return missed('it is no { status, headers, body }')
  const { status, headers, body } = value as Readonly<Record<string, unknown>>
  if (typeof status !== 'number' || !covers(status)) return missed('it is another status', ['status'])
  const headersResult: Result =
    entry.headers !== undefined
      ? outputOf(entry.headers, headers)
      : headers instanceof Headers
        ? { value: headers }
        : missed('they are no Headers')
  const bodyResult = reached(entry.body, body, covers)
  const whole = (head: Checked, rest: Checked): Checked => {
    const issues = [...inside('headers', head), ...inside('body', rest)]
    if (head.issues !== undefined || rest.issues !== undefined) return { issues }
    return { value: { status, headers: head.value, body: rest.value } }
  }
  return isSettled(headersResult) && isSettled(bodyResult)
    ? whole(headersResult, bodyResult)
    : Promise.all([headersResult, bodyResult]).then(([head, rest]) => whole(head, rest))
}

const inside = (member: string, { issues = [] }: Checked): Issue[] =>
  issues.map(issue => ({ ...issue, path: [member, ...issue.path] }))
