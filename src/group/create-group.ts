/** `createGroup`: the methods of a declared class, each sent to several services at once. */

import type { MethodName } from '../client/index.js'
import { define, instanceOf, refuseOthers } from '../client/instance.js'
import { contractOf } from '../contract/index.js'
import { describeGroup, pathsOf } from './describe.js'
import { close, declareGuise } from './guises.js'
import { GroupMethod } from './message.js'
import { checkGroup, type GroupOptions } from './options.js'
import { type GroupCall, gather, refusedCall } from './report.js'
import { GroupTarget } from './target.js'
import { declareTargets } from './targets.js'

/** The members of a class as a group has them: what returns a promise resolves to a report; other methods are left out. */
export type GroupOf<T, Name extends string = string> = {
  readonly [K in keyof T as T[K] extends (...args: never[]) => unknown
    ? K extends MethodName<T>
      ? K
      : never
    : K]: T[K] extends (...args: infer A) => Promise<infer V> ? (...args: A) => GroupCall<V, Name> : T[K]
} & AsyncDisposable

/**
 * Makes a group of a declared class: each call goes to all targets at once, each with its own policies, circuits, retry
 * budget and connections, and resolves to a report of who took it and who did not. A target's failure never rejects the
 * call, and a slow one holds up nobody who iterates. A bad argument rejects it, before a byte leaves to any.
 *
 * All targets get the same body and, where the method is `@Idempotent()`, the same key. A stream or a Blob is refused as
 * a body if there are several targets. Methods without a route, which expect values and not reports, are refused when
 * they are called.
 *
 * @param Class the declared class; its constructor takes no arguments.
 * @param options `targets` is needed; see {@link GroupOptions}.
 * @throws DeclarationError that lists every mistake of the declaration, or of the options.
 *
 * @example
 * const notifier = createGroup(PostEvents, { targets: { activity: 'http://activity-svc', ads: 'http://ads-svc' } })
 * const { ok, failed } = await notifier.created(post)
 */
export function createGroup<T extends object, Name extends string>(
  Class: new () => T,
  options: GroupOptions<T, Name>,
): GroupOf<T, Name> {
  const contract = contractOf(Class)
  const checked = checkGroup<object>(Class.name, options, Object.keys(contract.methods))
  const targets = checked.map(one => new GroupTarget(Class, one))
  const group = instanceOf(Class)
  refuseOthers(group, Class, contract, 'the methods of a group give reports, not values')
  for (const [name, method] of Object.entries(contract.methods)) {
    const shared = new GroupMethod(method, Class.name, targets.length > 1)
    const route = (...args: unknown[]) => callAll(targets, shared, args)
    Object.defineProperty(route, 'name', { value: name })
    define(group, name, route)
  }
  const dispose = (group as Partial<AsyncDisposable>)[Symbol.asyncDispose]
  define(group, Symbol.asyncDispose, async () => {
    await dispose?.call(group)
    await close(group)
  })
  declareGuise(group, {
    close: async () => void (await Promise.all(targets.map(({ assembled }) => assembled.close()))),
    describe: () => describeGroup(contract, targets),
    circuits: () => targets.flatMap(({ assembled }) => assembled.network.circuits()),
  })
  declareTargets(group, () => pathsOf(contract, targets))
  return group as unknown as GroupOf<T, Name>
}

function callAll(targets: readonly GroupTarget[], method: GroupMethod, args: readonly unknown[]): GroupCall {
  try {
    const message = method.encode(args)
    const refused =
      message instanceof Promise ? new Promise<never>((_, reject) => message.catch(reject)) : undefined
    const results = targets.map(target => target.send(method, args, message))
    return gather(results, method.contract, refused)
  } catch (error) {
    return refusedCall(error, method.contract)
  }
}
