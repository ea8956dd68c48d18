/** Writes calls and values for the messages of test tools, on one line and without credentials. */
import { inspect } from 'node:util'
import type { MethodContract, ParameterContract } from '../contract/index.js'
import { isSecret, isSecretHeader, isSecretParameter, REDACTED, redactUrl } from '../redact.js'

const MAX_LENGTH = 200

/** `byId(7, { timeout: 500 })` */
export function showCall(
  name: string,
  contract: MethodContract | undefined,
  args: readonly unknown[],
): string {
  return `${name}(${maskedArguments(contract, args).map(write).join(', ')})`
}

/** A value on one line, cut where it grows long. */
export const show = (value: unknown): string => write(masked(value))

function write(safe: unknown): string {
  const whole = { depth: 4, breakLength: Number.POSITIVE_INFINITY, compact: true }
  const text = inspect(safe, { ...whole, maxArrayLength: 10, maxStringLength: 100 }).replace(/\s*\n\s*/g, ' ')
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text
}

/** The arguments with credentials masked: those of bearers and cookies, and whatever has the name of one. */
export function maskedArguments(contract: MethodContract | undefined, args: readonly unknown[]): unknown[] {
  return args.map((value, index) => {
    const parameter = contract?.parameters.find(one => one.index === index)
    if (contract === undefined || parameter === undefined) return masked(value)
    return value === undefined || value === null ? value : maskedArgument(contract, parameter, value)
  })
}

function maskedArgument(contract: MethodContract, { binding }: ParameterContract, value: unknown): unknown {
  switch (binding.kind) {
    case 'bearer':
    case 'cookie':
      return REDACTED
    case 'header':
    case 'part':
      return isSecret(binding.name) ? REDACTED : masked(value)
    case 'param':
      return isSecretParameter(binding.name) || fillsSecretHeader(contract, binding.name)
        ? REDACTED
        : masked(value)
    case 'query':
    case 'field':
      return isSecretParameter(binding.name) ? REDACTED : masked(value)
    case 'query-map':
    case 'field-map':
      return masked(value, isSecretParameter)
    case 'url':
      return redactUrl(String(value))
    default:
      return masked(value)
  }
}

const fillsSecretHeader = ({ headers }: MethodContract, variable: string): boolean =>
  headers.some(
    ({ name, value }) =>
      isSecretHeader(name) && value.some(part => typeof part !== 'string' && part.variable === variable),
  )

/** A copy of `value` whose credentials are masked, through and through; instances keep their class's name. */
export function masked(value: unknown, hides = isSecret, copies = new Map<object, unknown>()): unknown {
  if (typeof value !== 'object' || value === null) return value
  const known = copies.get(value)
  if (known !== undefined) return known
  const again = (member: unknown) => masked(member, hides, copies)
  const under = (name: unknown, member: unknown) =>
    typeof name === 'string' && hides(name) && member !== undefined && member !== null
      ? REDACTED
      : again(member)
  if (value instanceof URL) return redactUrl(value.href)
  if (value instanceof URLSearchParams) return redactUrl(`?${value}`)
  if (value instanceof Set) return new Set([...value].map(again))
  const copy = emptyOf(value)
  if (copy === undefined) return nameOf(value)
  copies.set(value, copy)
  if (copy instanceof Map) for (const [key, member] of value as typeof copy) copy.set(key, under(key, member))
  else if (Array.isArray(copy)) for (const member of value as typeof copy) copy.push(again(member))
  else for (const key of Object.keys(value)) define(copy, key, under(key, Reflect.get(value, key)))
  return copy
}

/** What the copy is made in; `undefined` where nobody knows. */
function emptyOf(value: object): object | undefined {
  if (value instanceof Map) return new Map()
  if (Array.isArray(value)) return []
  const prototype = Object.getPrototypeOf(value) as object | null
  if (prototype === null || prototype === Object.prototype) return Object.create(prototype) as object
  // An instance of a class of the user's own that extends nothing: its members show all there is to show.
  const plain =
    Object.getPrototypeOf(prototype) === Object.prototype && !Object.hasOwn(prototype, inspect.custom)
  return plain && Object.keys(value).length > 0 && !ArrayBuffer.isView(value)
    ? (Object.create(prototype) as object)
    : undefined
}

/** Dates and bytes say what they are; of a stream, a signal or an error of others the name is enough. */
function nameOf(value: object): unknown {
  if (value instanceof Date || value instanceof RegExp || ArrayBuffer.isView(value)) return value
  return `[${value.constructor?.name || 'object'}]`
}

function define(copy: object, key: string, value: unknown): void {
  Object.defineProperty(copy, key, { value, enumerable: true, configurable: true, writable: true })
}
