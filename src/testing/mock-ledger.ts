/** What a mock as a whole remembers: the answers for one call, in the order they were set and used, and what went wrong. */
import type { Behaviour, MockCall, Once, Subject } from './mock-call.js'
import { from, MockError } from './mock-error.js'
import { unusedOnce, wrongOrder } from './mock-messages.js'

export class MockLedger {
  readonly className: string
  #onces: Once[] = []
  #used: Once[] = []
  #incidents: MockError[] = []

  constructor(className: string) {
    this.className = className
  }

  expect(subject: Subject, behaviour: Behaviour): Once {
    const once: Once = { subject, behaviour, usedBy: undefined }
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
  countOf(subject: Subject): number {
    return this.#of(subject).length
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
    const subjects = new Set(this.#onces.filter(isUnused).map(({ subject }) => subject))
    return [...subjects].map(subject => unusedOnce(subject, this.#of(subject)))
  }

  #disorder(): MockError[] {
    const inOrder = this.#onces.filter(once => !isUnused(once))
    if (inOrder.every((once, index) => once === this.#used[index])) return []
    const calls = (onces: readonly Once[]) =>
      onces.flatMap(({ usedBy }) => (usedBy === undefined ? [] : [usedBy]))
    return [wrongOrder(this.className, calls(inOrder), calls(this.#used))]
  }

  #of(subject: Subject): readonly Once[] {
    return this.#onces.filter(once => once.subject === subject)
  }
}

const isUnused = ({ usedBy }: Once): boolean => usedBy === undefined
