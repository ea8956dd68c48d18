/** Makes the class with `new`, and sets functions on the instance in the place of its routes. */
import type { ServiceContract } from '../contract/index.js'
import { DeclarationError } from '../errors/index.js'

export function instanceOf<T extends object>(Class: new () => T): T {
  try {
    return new Class()
  } catch (cause) {
    const rule = `the constructor threw ${cause instanceof Error ? cause.name : 'a value'}; it is called with no arguments`
    throw new DeclarationError(Class.name, [{ rule, where: `new ${Class.name}()` }])
  }
}

/** Not enumerable, as a class's own methods are; replaceable, so that a test may spy on it. */
export function define(client: object, name: PropertyKey, value: unknown): void {
  Object.defineProperty(client, name, { value, writable: true, configurable: true, enumerable: false })
}

/** Conversions, which call no service. */
const HARMLESS = new Set(['constructor', 'toString', 'toLocaleString', 'toJSON', 'valueOf'])

/**
 * Refuses calls of methods without a route: they would take what the guise's routes give for values of the service.
 *
 * @param why what they give instead.
 */
export function refuseOthers(
  guise: object,
  Class: new () => object,
  { methods }: ServiceContract,
  why: string,
): void {
  for (let from = guise; from !== null && from !== Object.prototype; from = Object.getPrototypeOf(from)) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
      if (typeof value !== 'function' || name in methods || HARMLESS.has(name)) continue
      if (from !== guise && Object.hasOwn(guise, name)) continue
      const rule = `${name} has no route, and ${why}; call it on a client`
      define(guise, name, () => {
        throw new DeclarationError(Class.name, [{ rule, where: `${Class.name}.${name}` }])
      })
    }
  }
}
