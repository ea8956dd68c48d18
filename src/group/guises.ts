/** `close`, `describe` and `circuitsOf` for every guise that calls a service: clients, and guises made of several. */
import type { ClientDescription } from '../client/index.js'
import * as clients from '../client/index.js'
import type { CircuitSnapshot } from '../policy/circuit-breaker.js'

/** What a guise that is no client does when it is asked. */
export interface GuiseActs {
  close(): Promise<void>
  describe(): ClientDescription
  circuits(): CircuitSnapshot[]
}

const guises = new WeakMap<object, GuiseActs>()

export function declareGuise(guise: object, acts: GuiseActs): void {
  guises.set(guise, acts)
}

/**
 * Closes a client or a group: waits for requests in flight (at most 5 s), then closes the connections that guise opened.
 * Later calls reject with `ConnectionError`, nothing sent, and so does a call that waits for a retry or for its URL; a
 * group reports that error for each target. A dispatcher or a transport that was handed in stays open. Closing twice is
 * harmless.
 *
 * @throws TypeError if it is no client or group of guise.
 *
 * @example
 * await close(members)
 */
export async function close(guise: object): Promise<void> {
  await (guises.get(guise)?.close() ?? clients.close(guise))
}

/**
 * The policy chain of each method, from the outermost to the innermost, and who set each value: the library's
 * default, the class, the method, the guise, or the guise's method. Of a group: each method once for each target.
 *
 * @throws TypeError if it is no client or group of guise.
 *
 * @example
 * console.log(String(describe(members)))
 */
export function describe(guise: object): ClientDescription {
  return guises.get(guise)?.describe() ?? clients.describe(guise)
}

/**
 * The circuits of a client, or of all targets of a group, that calls have gone through: state and statistics of each.
 *
 * @throws TypeError if it is no client or group of guise.
 *
 * @example
 * circuitsOf(members).filter(circuit => circuit.state === 'open')
 */
export function circuitsOf(guise: object): CircuitSnapshot[] {
  return guises.get(guise)?.circuits() ?? clients.circuitsOf(guise)
}
