/** One target of a group: the whole of a client, with policies, circuits and connections of its own. */
import { compileCall } from '../call/compile.js'
import type { RoutedCall } from '../call/routed-call.js'
import { type Assembled, type AssembledMethod, assemble } from '../client/assemble.js'
import type { ClientOptions } from '../client/index.js'
import type { Encoder } from '../encode/index.js'
import { type GroupMethod, type Message, NO_HEADERS } from './message.js'
import type { CheckedTarget } from './options.js'
import type { GroupResult } from './report.js'

export class GroupTarget {
  readonly name: string
  readonly url: ClientOptions['url']
  readonly assembled: Assembled
  readonly #headers: Readonly<Record<string, string>>
  readonly #forward: readonly string[]

  constructor(Class: new () => object, { name, options }: CheckedTarget<object>) {
    this.name = name
    this.url = options.url
    this.assembled = assemble(
      Class,
      options,
      `createGroup(${Class.name}, options), target ${JSON.stringify(name)}`,
    )
    this.#headers = options.headers ?? NO_HEADERS
    this.#forward = (options.forward ?? []).map(header => header.toLowerCase())
  }

  /** Sends a message; what goes wrong is in the result. */
  async send(
    method: GroupMethod,
    args: readonly unknown[],
    message: Message | Promise<Message>,
  ): Promise<GroupResult> {
    const { name: target, assembled } = this
    const own = assembled.methods.get(method.contract.name) as AssembledMethod
    let routed: RoutedCall | undefined
    // Compiled for this call alone: that is how it can have a body of its own, and be watched. It costs a microsecond.
    const call = compileCall({
      contract: own.contract,
      encoder: {
        encode: (all, address) =>
          message instanceof Promise
            ? message.then(ready => method.request(ready, all, address, this.#headers))
            : method.request(message, all, address, this.#headers),
      } as Encoder,
      clock: assembled.clock,
      policies: own.policies,
      attempt: (one, otherwise) => {
        routed = one as RoutedCall
        return own.attempt(one, otherwise)
      },
      addresses: own.addresses,
      addressOf: origin => assembled.network.address(origin),
      forward: this.#forward,
      fallback: undefined,
      random: Math.random,
      isClosed: assembled.isClosed,
    })
    try {
      const value = await call(args)
      return { ok: true, target, value, attempts: routed?.attempts ?? 0 }
    } catch (error) {
      return { ok: false, target, error, attempts: routed?.attempts ?? 0 }
    }
  }
}
