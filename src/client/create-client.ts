/** `createClient`: an instance of a declared class whose routes call the service. */
import { type CallSettings, compileCall } from '../call/compile.js'
import { DEFAULT_TIMEOUTS, mergeTimeouts } from '../call/timeouts.js'
import { systemClock } from '../clock.js'
import { contractOf } from '../contract/index.js'
import { DeclarationError } from '../errors/index.js'
import { type Transport, undiciTransport } from '../http/index.js'
import { type ClientOptions, checkOptions, targetSource } from './options.js'

/** What belongs to a client and is not to be seen on it. */
interface Internals {
  readonly transport: Transport
  closing: Promise<void> | undefined
}

const clients = new WeakMap<object, Internals>()

/** A client: an instance of the declared class that can be disposed of. */
export type ClientOf<T> = T & AsyncDisposable

/**
 * Makes a client of a declared class. The class is made with `new`, so its fields and its constructor work; its
 * routes are then set on the instance.
 *
 * @param Class the declared class; its constructor takes no arguments.
 * @param options `url` is needed; see {@link ClientOptions}.
 * @throws DeclarationError that lists every mistake of the declaration and of the options.
 *
 * @example
 * const members = createClient(MemberClient, { url: 'http://member-svc:8080' })
 * const member = await members.byId(7)
 */
export function createClient<T extends object>(Class: new () => T, options: ClientOptions<T>): ClientOf<T> {
  const contract = contractOf(Class)
  const names = Object.keys(contract.methods)
  const checked = checkOptions<T>(Class.name, options, names)
  const { headers = {}, connections, dispatcher, maxResponseBytes = 10 * 1024 * 1024 } = checked
  const clock = systemClock
  const transport = checked.transport ?? undiciTransport({ connections, dispatcher, clock })
  const internals: Internals = { transport, closing: undefined }
  const target = targetSource(checked.url)
  const shared: Omit<CallSettings, 'timeouts'> = {
    transport,
    clock,
    target: ({ client, id }) => target({ client, method: id }),
    encode: {
      headers: new Map(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
      allowOrigins: new Set(checked.allowOrigins?.map(origin => new URL(origin).origin)),
    },
    maxResponseBytes,
    isClosed: () => internals.closing !== undefined,
  }
  const guiseTimeouts = mergeTimeouts(DEFAULT_TIMEOUTS, checked.timeout)
  const perMethod = (checked.methods ?? {}) as Readonly<
    Record<string, { timeout?: ClientOptions['timeout'] } | undefined>
  >

  const client = instanceOf(Class)
  for (const [name, method] of Object.entries(contract.methods)) {
    const own = Object.hasOwn(perMethod, name) ? perMethod[name] : undefined
    const call = compileCall(method, { ...shared, timeouts: mergeTimeouts(guiseTimeouts, own?.timeout) })
    Object.defineProperty(call, 'name', { value: name })
    define(client, name, call)
  }
  define(client, Symbol.asyncDispose, () => close(client))
  clients.set(client, internals)
  return client as ClientOf<T>
}

function instanceOf<T extends object>(Class: new () => T): T {
  try {
    return new Class()
  } catch (cause) {
    const rule = `the constructor threw ${cause instanceof Error ? cause.name : 'a value'}; it is called with no arguments`
    throw new DeclarationError(Class.name, [{ rule, where: `new ${Class.name}()` }])
  }
}

/** Not enumerable, as a class's own methods are; replaceable, so that a test may spy on it. */
function define(client: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(client, name, { value, writable: true, configurable: true, enumerable: false })
}

/**
 * Closes a client: waits for calls in flight, then closes the connections that guise opened. Later calls reject with
 * `ConnectionError`, nothing sent. A dispatcher that was handed in stays open. Closing twice is harmless.
 *
 * @throws TypeError if it is no client of guise.
 *
 * @example
 * await close(members)
 */
export async function close(client: object): Promise<void> {
  const internals = clients.get(client)
  if (internals === undefined) throw new TypeError('close() takes a client that createClient made')
  internals.closing ??= internals.transport.close()
  await internals.closing
}
