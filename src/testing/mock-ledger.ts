/** What a mock as a whole remembers: the answers for one call, in the order they were set and used, and what went wrong. */

import type { Behaviour } from './mock-behaviour.js'
import { from, MockError } from './mock-error.js'
import { unusedOnce, wrongOrder } from './mock-messages.js'
import type { MockCall, MockedMethod } from './mock-method.js'

/** An answer for one call. */
export interface Once {
  readonly method: MockedMethod
  readonly behaviour: Behaviour
  usedBy: MockCall | undefined
}

export class MockLedger {
  readonly className: string
  #onces: Once[] = []
  #used: Once[] = []
  #incidents: MockError[] = []

  constructor(className: string) {
    this.className = className
  }

  expect(method: MockedMethod, behaviour: Behaviour): Once {
    const once: Once = { method, behaviour, usedBy: undefined }
    this.#onces.push(once)
    return once
  }

  use(once: Once, call: MockCall): void {
    once.usedBy = call
    this.#used.push(once)
  }

  /** Keeps an error that the tested code may swallow. */
  note(incident: MockError): MockError {
    this.#incidents.push(incident)
    return incident
  }

  /** How many answers for one call were set on a method. */
  countOf(method: MockedMethod): number {
    return this.#onces.filter(once => once.method === method).length
  }

  reset(): void {
    this.#onces = []
    this.#used = []
    this.#incidents = []
  }

  /** Everything that went wrong, as one error whose stack begins at the caller of `seam`; `undefined` if nothing did. */
  verdict(inOrder: boolean, seam: (...args: never[]) => unknown): MockError | undefined {
    const found = [...this.#unused(), ...(inOrder ? this.#disorder() : [])]
    // The stack of an incident leads to the call.
    const problems = [...this.#incidents, ...found.map(error => from(seam, error))]
    const [first] = problems
    if (problems.length < 2) return first
    const list = problems.map(({ message }, index) => `\n${index + 1}) ${message}`)
    const message = `${this.className}: ${problems.length} things went wrong${list.join('')}`
    const expected = problems.map(problem => problem.expected)
    const actual = problems.map(problem => problem.actual)
    return from(seam, new MockError(message, { expected, actual, cause: first }))
  }

  #unused(): MockError[] {
    const methods = new Set(
      this.#onces.filter(({ usedBy }) => usedBy === undefined).map(({ method }) => method),
    )
    return [...methods].map(method =>
      unusedOnce(
        method,
        this.#onces.filter(once => once.method === method),
      ),
    )
  }

  #disorder(): MockError[] {
    const inOrder = this.#onces.filter(({ usedBy }) => usedBy !== undefined)
    if (inOrder.every((once, index) => once === this.#used[index])) return []
    const calls = (onces: readonly Once[]) =>
      onces.flatMap(({ usedBy }) => (usedBy === undefined ? [] : [usedBy]))
    return [wrongOrder(this.className, calls(inOrder), calls(this.#used))]
  }
}
