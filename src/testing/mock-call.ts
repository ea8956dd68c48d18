/** What the parts of a mock tell each other: which method, what it shall do, how it was called. */
import type { MethodContract } from '../contract/index.js'
import type { Fit } from './mock-results.js'
import type { MockOutcome } from './mock-transport.js'

export type AnyFunction = (...args: unknown[]) => unknown

/** A method of a mock, as behaviours and messages know it. */
export interface Subject {
  /** Class and method: `MemberClient.byId`. */
  readonly id: string
  readonly name: string
  /** `undefined` for an ordinary method. */
  readonly contract: MethodContract | undefined
}

/** What a method does when it is called. */
export type Behaviour =
  | { readonly kind: 'returns'; readonly value: unknown; readonly fit: Fit | Promise<Fit> }
  | { readonly kind: 'rejects'; readonly error: Error }
  | { readonly kind: 'respond'; readonly outcome: MockOutcome }
  | { readonly kind: 'implement'; readonly run: AnyFunction }

/** One call of a method. */
export interface MockCall {
  /** `byId(7)` */
  readonly shown: string
  /** What answered it: `once().returns(null)`. */
  by: string | undefined
  /** Its arguments were good. */
  reached: boolean
  /** Holds the stack of whoever made it. */
  readonly site: { readonly stack?: string }
}

/** A behaviour for one call. */
export interface Once {
  readonly subject: Subject
  readonly behaviour: Behaviour
  usedBy: MockCall | undefined
}
