/** What a method of a mock can be told to do, checked where it is told. */
import { copyOf } from '../decode/copy.js'
import type { AnyFunction, Behaviour, Subject } from './mock-call.js'
import { from, MockError } from './mock-error.js'
import { wrongResult } from './mock-messages.js'
import { fitOf } from './mock-results.js'
import type { MockOutcome } from './mock-transport.js'

/** The functions of a test that say what a method shall do; each hands a behaviour to `set`, and returns what that does. */
export function behaviours<R>(subject: Subject, set: (behaviour: Behaviour) => R) {
  const { id, contract } = subject
  const returns = (given: unknown): R => {
    // What the test does to it later is not what it told the mock.
    const value = copyOf(given)
    const fit = contract === undefined ? { value } : fitOf(contract, value)
    if (!(fit instanceof Promise) && fit.misfits !== undefined) {
      throw from(returns, wrongResult(subject, value, fit.misfits))
    }
    return set({ kind: 'returns', value, fit })
  }
  const respond = (outcome: MockOutcome): R => {
    if (contract !== undefined) return set({ kind: 'respond', outcome })
    const advice = 'use returns, rejects or implement, or set the routes that it calls'
    throw from(respond, new MockError(`${id} is an ordinary method and has no declared responses; ${advice}`))
  }
  const rejects = (error: Error): R => set({ kind: 'rejects', error })
  const implement = (run: AnyFunction): R => set({ kind: 'implement', run })
  return { returns, respond, rejects, implement }
}
