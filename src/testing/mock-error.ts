/** The one error of mocks, transports without a network and recordings: a test has gone wrong. */

/** What a {@link MockError} shows besides its message. */
export interface MockErrorFacts {
  readonly expected?: unknown
  readonly actual?: unknown
  readonly cause?: unknown
}

/**
 * A test and the code that it tests do not agree. It is no `GuiseError`: code that handles the failures of a service
 * must not take it for one of them. Test runners make a diff of `expected` and `actual`; both are without credentials.
 */
export class MockError extends Error {
  declare readonly expected: unknown
  declare readonly actual: unknown

  constructor(message: string, facts: MockErrorFacts = {}) {
    super(message, 'cause' in facts ? { cause: facts.cause } : undefined)
    // Not enumerable: the message says it all, and an inspection of the error would say it twice.
    if ('expected' in facts) hide(this, 'expected', facts.expected)
    if ('actual' in facts) hide(this, 'actual', facts.actual)
  }
}
// On the prototype, so that an inspection of an error does not list it.
hide(MockError.prototype, 'name', 'MockError')

function hide(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true })
}

/** Lets the stack begin at the caller of `seam`, a function of the public face. */
export function from<E extends Error>(seam: (...args: never[]) => unknown, error: E): E {
  Error.captureStackTrace(error, seam)
  return error
}
