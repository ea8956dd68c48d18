/** Parses JSON so that no key of it can reach a prototype. */

/** A key may be written with escapes, so a text with any such escape is looked at whole. */
const SUSPECT = /__proto__|"constructor"|\\u00/

/**
 * `JSON.parse` without the keys `__proto__` and `constructor.prototype`: harmless in themselves, they poison a prototype
 * when a caller merges the object into another.
 *
 * @throws SyntaxError if the text is no JSON.
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (SUSPECT.test(text)) strip(value)
  return value
}

/** Goes through the whole value without recursion: the service decides how deep it is. */
function strip(root: unknown): void {
  const rest: unknown[] = [root]
  for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
    if (typeof value !== 'object' || value === null) continue
    Reflect.deleteProperty(value, '__proto__')
    const maker: unknown = Object.hasOwn(value, 'constructor') ? Reflect.get(value, 'constructor') : undefined
    if (typeof maker === 'object' && maker !== null && Object.hasOwn(maker, 'prototype')) {
      Reflect.deleteProperty(value, 'constructor')
    }
    // Not `push(...)`: an array may be longer than a call can have arguments.
    for (const member of Object.values(value))
      if (typeof member === 'object' && member !== null) rest.push(member)
  }
}
