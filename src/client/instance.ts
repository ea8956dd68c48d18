/** Makes the class with `new`, and sets functions on the instance in the place of its routes. */
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
