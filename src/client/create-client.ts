/** `createClient`: an instance of a declared class whose routes call the service. */
import type { CircuitSnapshot } from '../policy/circuit-breaker.js'
import { type Assembled, assemble } from './assemble.js'
import { type ClientDescription, describeClient } from './describe.js'
import { define, instanceOf } from './instance.js'
import type { ClientOptions } from './options.js'

const clients = new WeakMap<object, Assembled>()

/** A client: an instance of the declared class that can be disposed of. */
export type ClientOf<T> = T & AsyncDisposable

/**
 * Makes a client of a declared class. The class is made with `new`, so its fields and its constructor work; its
 * routes are then set on the instance.
 *
 * @param Class the declared class; its constructor takes no arguments.
 * @param options `url` is needed; see {@link ClientOptions}.
 * @throws DeclarationError that lists every mistake of the declaration, or of the options.
 *
 * @example
 * const members = createClient(MemberClient, { url: 'http://member-svc:8080' })
 * const member = await members.byId(7)
 */
export function createClient<T extends object>(Class: new () => T, options: ClientOptions<T>): ClientOf<T> {
  // What is no class is told by the contract.
  const assembled = assemble(Class, options, `createClient(${Class?.name}, options)`)
  const client = instanceOf(Class)
  for (const [name, { call }] of assembled.methods) {
    const route = (...args: unknown[]) => call(args)
    Object.defineProperty(route, 'name', { value: name })
    define(client, name, route)
  }
  const dispose = (client as Partial<AsyncDisposable>)[Symbol.asyncDispose]
  define(client, Symbol.asyncDispose, async () => {
    await dispose?.call(client)
    await close(client)
  })
  clients.set(client, assembled)
  return client as ClientOf<T>
}

function assembledOf(client: object, asked: string): Assembled {
  const assembled = clients.get(client)
  if (assembled === undefined) throw new TypeError(`${asked}() takes a client that createClient made`)
  return assembled
}

/**
 * Closes a client: waits for requests in flight (at most 5 s), then closes the connections that guise opened. Later
 * calls reject with `ConnectionError`, nothing sent, and so does a call that waits for a retry or for its URL. A
 * dispatcher or a transport that was handed in stays open. Closing twice is harmless.
 *
 * @throws TypeError if it is no client of guise.
 *
 * @example
 * await close(members)
 */
export async function close(client: object): Promise<void> {
  await assembledOf(client, 'close').close()
}

/**
 * The policy chain of each method, from the outermost to the innermost, and who set each value: the library's
 * default, the class, the method, the guise, or the guise's method.
 *
 * @throws TypeError if it is no client of guise.
 *
 * @example
 * console.log(String(describe(members)))
 */
export function describe(client: object): ClientDescription {
  const { contract, described } = assembledOf(client, 'describe')
  return describeClient(contract.name, described)
}

/**
 * The circuits of a client that calls have gone through: state and statistics of each.
 *
 * @throws TypeError if it is no client of guise.
 *
 * @example
 * circuitsOf(members).filter(circuit => circuit.state === 'open')
 */
export function circuitsOf(client: object): CircuitSnapshot[] {
  return assembledOf(client, 'circuitsOf').network.circuits()
}
