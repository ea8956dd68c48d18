/**
 * The root of guise's error family, and what all its members share.
 *
 *     GuiseError
 *       DeclarationError          a mistake in a declared class or in a guise's options
 *       ArgumentError             a bad argument; nothing was sent
 *       ConnectionError           no connection, or it broke
 *       TimeoutError              a deadline passed; `phase` says which
 *       HttpError                 a status that the response table does not handle
 *       DecodeError               a body that is not what its content type says, or cannot be read
 *       ResponseValidationError   a body that does not fit its schema
 *       CircuitOpenError          the circuit breaker is open; nothing was sent
 *       BulkheadFullError         too many calls at once; nothing was sent
 *       GroupError                some targets of a group failed
 *       StoreError                a store could not record, claim or change deliveries
 *       MessageConflictError      the id of a notification was used for another one
 *       NotifyInsideDeadHandlerError   onDead tried to notify
 */

/**
 * Whether the request reached the service: `not-sent` (it surely did not), `unknown` (it may have), `answered`
 * (a response arrived).
 */
export type Delivery = 'not-sent' | 'unknown' | 'answered'

/** The stable `code` of each error class. */
export type ErrorCode =
  | 'GUISE_DECLARATION'
  | 'GUISE_ARGUMENT'
  | 'GUISE_CONNECTION'
  | 'GUISE_TIMEOUT'
  | 'GUISE_HTTP'
  | 'GUISE_DECODE'
  | 'GUISE_RESPONSE'
  | 'GUISE_CIRCUIT_OPEN'
  | 'GUISE_BULKHEAD_FULL'
  | 'GUISE_GROUP'
  | 'GUISE_STORE'
  | 'GUISE_MESSAGE_CONFLICT'
  | 'GUISE_NOTIFY_INSIDE_DEAD_HANDLER'

/** The request that an error speaks of. The URL holds the route's template, never the values put into it. */
export interface RequestSummary {
  /** The HTTP verb: `GET`. */
  readonly method: string
  /** Origin and path template, without a query: `http://member-svc:8080/api/members/{memberId}`. */
  readonly url: string
}

/** One attempt that failed, in short. */
export interface AttemptRecord {
  /** What became of it: `HTTP 503`, `connection`, `timeout`. */
  readonly failure: string
  /** Milliseconds from the begin of the call to its end. */
  readonly at: number
}

/** The facts of a failed call, common to all errors. All may be left out, so that tests can make errors with ease. */
export interface CallFacts {
  /** The client's name, from `@Client({ name })`. */
  readonly client?: string | undefined
  /** Class and method: `MemberClient.byId`. */
  readonly method?: string | undefined
  readonly request?: RequestSummary | undefined
  /** How many requests were made for this call. */
  readonly attempts?: number | undefined
  /** The attempts that failed, in order. */
  readonly history?: readonly AttemptRecord[] | undefined
  readonly delivery?: Delivery | undefined
  /** Milliseconds that the service asked to wait, by `Retry-After`. */
  readonly retryAfter?: number | undefined
  readonly cause?: unknown
}

/**
 * The root of all errors that guise makes. Neither `message`, `stack`, `toJSON()` nor an inspection holds a header,
 * a query string, an argument or a body.
 *
 * @example
 * try { await members.byId(7) }
 * catch (error) { if (error instanceof GuiseError) console.log(error.code, error.delivery) }
 */
export abstract class GuiseError extends Error {
  abstract readonly code: ErrorCode
  /** The client's name, from `@Client({ name })`, or the class's name. */
  readonly client: string | undefined
  /** Class and method: `MemberClient.byId`. */
  readonly method: string | undefined
  /** Verb and URL template; `undefined` for a mistake in a declaration. */
  readonly request: RequestSummary | undefined
  /** How many requests were made for this call; 0: none left. */
  readonly attempts: number
  /** The attempts that failed, in order; empty where there was one only. */
  readonly history: readonly AttemptRecord[]
  /** Whether the request reached the service. */
  readonly delivery: Delivery

  constructor(message: string, facts: CallFacts = {}) {
    nameOf(new.target)
    super(sentence(message, facts), facts.cause === undefined ? undefined : { cause: facts.cause })
    this.client = facts.client
    this.method = facts.method
    this.request = facts.request
    this.attempts = facts.attempts ?? 0
    this.history = facts.history ?? []
    this.delivery = facts.delivery ?? 'not-sent'
  }

  /** The error as plain data for a log, without headers, bodies and credentials. */
  toJSON(): Record<string, unknown> {
    const { name, code, message, client, method, request, attempts, history, delivery } = this
    return { name, code, message, client, method, request, attempts, history, delivery }
  }
}

/** Gives a user's own error class its name, before the stack is taken, which begins with it. */
function nameOf({ name, prototype }: { readonly name: string; readonly prototype: object }): void {
  if (name !== '' && !Object.hasOwn(prototype, 'name')) {
    Object.defineProperty(prototype, 'name', { value: name, configurable: true, writable: true })
  }
}

/** `MemberClient.byId: <what> (GET http://h/api/members/{memberId}, 1 attempt)` */
function sentence(what: string, { method, request, attempts = 0 }: CallFacts): string {
  const subject = method === undefined ? '' : `${method}: `
  if (request === undefined) return subject + what
  const count = attempts === 0 ? 'nothing was sent' : attempts === 1 ? '1 attempt' : `${attempts} attempts`
  return `${subject}${what} (${request.method} ${request.url}, ${count})`
}

/**
 * Makes `instanceof` hold across two copies of the package: each class of the family carries a mark under a
 * registered symbol. A user's own subclass has no mark of its own and is compared in the ordinary way.
 */
export function brand(Class: { readonly prototype: GuiseError }, name: string): void {
  const mark = Symbol.for(`guise.error.${name}`)
  Object.defineProperty(Class.prototype, mark, { value: true })
  // On the prototype, so that an inspection of an error does not list it.
  Object.defineProperty(Class.prototype, 'name', { value: name, configurable: true, writable: true })
  Object.defineProperty(Class, Symbol.hasInstance, {
    value(this: { readonly prototype: object }, value: unknown): boolean {
      if (this !== Class) return Function.prototype[Symbol.hasInstance].call(this, value)
      return typeof value === 'object' && value !== null && mark in value
    },
  })
}

brand(GuiseError, 'GuiseError')
