/** What breaks a declaration: answered to the caller with a report, noted by the stub, thrown at the end of the test. */

import { isSecretHeader, REDACTED, redactUrl } from '../redact.js'
import type { Issue } from '../schema/standard.js'

/** What is wrong. */
export type StubMistakeKind =
  /** A request that is no route of the class: answered 404, or 405 where another verb has its path. */
  | 'route'
  /** A method without a handler: 501. */
  | 'handler'
  /** A request body that does not fit: 400. */
  | 'body'
  /** An answer that the response table does not know, or that does not fit it: 500. */
  | 'answer'
  /** A handler that threw: 500. */
  | 'thrown'

/** One thing that broke the declaration. No part of it holds a body's values or a credential. */
export interface StubMistake {
  readonly kind: StubMistakeKind
  /** Class and method: `MemberClient.byId`; `undefined` for a request that is no route. */
  readonly method: string | undefined
  /** Verb and path: `GET /api/members/7`. */
  readonly request: string
  /** The status that was answered. */
  readonly status: number
  readonly message: string
  /** What a schema found: paths and messages, no values. */
  readonly issues: readonly Issue[]
  /** Where a request is no route: those that there are. */
  readonly routes?: readonly string[]
  /** The stack of what a handler threw. */
  readonly stack?: string
}

/** Thrown where a request or an answer breaks the declaration; it becomes a mistake. */
export class Refusal {
  readonly facts: Pick<StubMistake, 'kind' | 'status' | 'message' | 'routes'>
  readonly issues: readonly Issue[]
  /** The methods that the path allows, for the header of that name. */
  readonly allow: readonly string[]

  constructor(
    facts: Refusal['facts'],
    {
      issues = [],
      allow = [],
    }: { readonly issues?: readonly Issue[]; readonly allow?: readonly string[] } = {},
  ) {
    this.facts = facts
    this.issues = issues
    this.allow = allow
  }
}

/** The request that a mistake is about. */
export interface MistakenRequest {
  readonly verb: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** What went wrong, without the credentials of the request: a path may hold one, and so may the error of a handler. */
export function mistakeOf(
  error: unknown,
  { verb, path, headers }: MistakenRequest,
  method: string | undefined,
): StubMistake {
  const clean = cleaner(headers)
  const request = clean(`${verb} ${redactUrl(path)}`)
  if (error instanceof Refusal) {
    const { facts, issues } = error
    return { method, request, issues, ...facts, message: clean(facts.message) }
  }
  const { stack } = error as { readonly stack?: unknown }
  return {
    kind: 'thrown',
    method,
    request,
    status: 500,
    message: clean(
      `the handler threw ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`,
    ),
    issues: [],
    ...(typeof stack === 'string' && { stack: clean(stack) }),
  }
}

/** Takes the credentials among some headers, whose names are in lower case, out of a text. */
export function cleaner(headers: Readonly<Record<string, string>>): (text: string) => string {
  const secrets = secretsOf(headers)
  return text => secrets.reduce((rest, secret) => rest.replaceAll(secret, REDACTED), text)
}

/** Shorter ones would take half of a report with them. */
const SHORTEST = 4

/** The longest first: whole values, the token after a scheme, single cookies. */
function secretsOf(headers: Readonly<Record<string, string>>): string[] {
  const secrets = Object.entries(headers).flatMap(([name, value]) => {
    if (!isSecretHeader(name)) return []
    const parts =
      name === 'cookie'
        ? value.split(/; */).map(pair => pair.replace(/^[^=]*=/, ''))
        : value.split(/ +/).slice(1)
    return [value, ...parts]
  })
  // A path and a query hold them encoded.
  const written = [...secrets, ...secrets.map(encodeURIComponent)]
  return written.filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length)
}

/** The mistakes that a stub saw; the message lists them all. */
export class StubError extends Error {
  declare readonly mistakes: readonly StubMistake[]

  // On the prototype, so that an inspection of an error does not list it.
  static {
    Object.defineProperty(StubError.prototype, 'name', {
      value: 'StubError',
      configurable: true,
      writable: true,
    })
  }

  constructor(subject: string, mistakes: readonly StubMistake[]) {
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
    super(`the stub of ${subject} saw ${count}:${mistakes.map(asText).join('')}`)
    // The message says it all, and an inspection would say it twice.
    Object.defineProperty(this, 'mistakes', { value: [...mistakes] })
  }
}

function asText({ request, message, status, method, routes = [], stack = '' }: StubMistake): string {
  const frame = /\n\s+(at .*)/.exec(stack)?.[1]
  const lines = [...routes, method && `at ${method}, answered ${status}`, frame].filter(Boolean)
  return `\n  ${request}: ${message}${lines.map(line => `\n    ${line}`).join('')}`
}
