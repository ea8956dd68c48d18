/** Copies what `returns(...)` was given, so that what one caller does to it does not show in the next call. */

/**
 * Plain objects, arrays, maps, sets and dates are copied through and through. Functions and instances of other classes
 * are handed on as they are: only their class would know how to copy them.
 */
export function copyOf(value: unknown, copies?: Map<object, object>): unknown {
  return typeof value !== 'object' || value === null ? value : copyOfObject(value, copies ?? new Map())
}

function copyOfObject(value: object, copies: Map<object, object>): unknown {
  const known = copies.get(value)
  if (known !== undefined) return known
  const copy = emptyOf(value)
  if (copy === undefined) return value
  copies.set(value, copy)
  const again = (member: unknown) => copyOf(member, copies)
  if (copy instanceof Map)
    for (const [key, member] of value as typeof copy) copy.set(again(key), again(member))
  else if (copy instanceof Set) for (const member of value as typeof copy) copy.add(again(member))
  else if (Array.isArray(copy)) for (const member of value as typeof copy) copy.push(again(member))
  else if (!(copy instanceof Date))
    for (const [key, member] of Object.entries(value)) define(copy, key, again(member))
  return copy
}

/** A new object of the same kind without members; `undefined` for what is not copied. */
function emptyOf(value: object): object | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  switch (prototype) {
    case Object.prototype:
    case null:
      return Object.create(prototype as object | null)
    case Array.prototype:
      return []
    case Map.prototype:
      return new Map()
    case Set.prototype:
      return new Set()
    case Date.prototype:
      return new Date(value as Date)
    default:
      return undefined
  }
}

/** Not by assignment: the key may be `__proto__`. */
function define(copy: object, key: string, value: unknown): void {
  Object.defineProperty(copy, key, { value, writable: true, enumerable: true, configurable: true })
}
