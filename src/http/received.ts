/** A response as it arrives: its headers stay bytes until somebody asks for them. */
import type { Readable } from 'node:stream'
import type { HttpResponse, RawHeaders } from './message.js'

export const NO_BYTES = new Uint8Array(0)

/** Names and values in turn, as they came over the wire. */
type WireHeaders = readonly Buffer[]

/**
 * The response of an exchange, complete when its body is set. A call reads one or two of its headers; to make an object
 * of all of them was a twentieth of the call's time.
 */
export class Received implements HttpResponse {
  readonly status: number
  readonly statusText: string
  body: Uint8Array | Readable = NO_BYTES
  truncated = false
  readonly #wire: WireHeaders | undefined
  #record: RawHeaders | undefined

  /** `headers`: those of the wire, or an object that may be shared, as that of a cache is. */
  constructor(status: number, statusText: string, headers: WireHeaders | RawHeaders) {
    this.status = status
    this.statusText = statusText
    if (isWire(headers)) this.#wire = headers
    else this.#record = Object.assign(Object.create(null), headers)
  }

  get headers(): RawHeaders {
    this.#record ??= recordOf(this.#wire ?? [])
    return this.#record
  }

  /** A header by its name in lower case, of letters and `-`: a list where it came more than once. */
  header(name: string): string | string[] | undefined {
    if (this.#record !== undefined) return this.#record[name]
    const wire = this.#wire as WireHeaders
    let found: string | string[] | undefined
    for (let i = 0; i < wire.length; i += 2)
      if (isNamed(wire[i] as Buffer, name)) found = joined(found, knownText(wire[i + 1] as Buffer))
    return found
  }
}

/** A header of any response; read so that a polluted `Object.prototype` shows nothing. */
export function headerOf(response: HttpResponse, name: string): string | string[] | undefined {
  if (response instanceof Received) return response.header(name)
  const { headers } = response
  return Object.hasOwn(headers, name) ? headers[name] : undefined
}

const isWire = (headers: WireHeaders | RawHeaders): headers is WireHeaders => Array.isArray(headers)

/** HTTP's header values are ISO-8859-1 where they are not ASCII (RFC 9110, section 5.5). */
const textOf = (bytes: Buffer): string => bytes.toString('latin1')

/**
 * Texts that were read before: a service sends the same few values again and again, and to make a string of one anew
 * was 4 % of a call's CPU. A text that falls into the slot of another takes its place.
 */
const known: { readonly bytes: Uint8Array; readonly text: string }[] = []
const SLOTS = 64
const LONGEST_KNOWN = 64

/** Only for the headers that guise itself reads: others may hold what nobody should keep. */
function knownText(bytes: Buffer): string {
  const { length } = bytes
  if (length > LONGEST_KNOWN) return textOf(bytes)
  const slot = (length + (bytes[length >> 1] ?? 0) + 7 * (bytes[length - 1] ?? 0)) % SLOTS
  const before = known[slot]
  if (before !== undefined && isSame(before.bytes, bytes)) return before.text
  const text = textOf(bytes)
  // A copy: the bytes are a part of all that the connection read at a time.
  known[slot] = { bytes: Uint8Array.from(bytes), text }
  return text
}

/** A loop, since for so few bytes a call of `equals` takes longer. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function isNamed(bytes: Buffer, name: string): boolean {
  if (bytes.length !== name.length) return false
  // Sets the bit by which small letters differ from capitals; `-` has it too, and of all that a name may hold nothing
  // else becomes one of these.
  for (let i = 0; i < name.length; i++) if (((bytes[i] as number) | 0x20) !== name.charCodeAt(i)) return false
  return true
}

function recordOf(wire: WireHeaders): RawHeaders {
  const record: Record<string, string | string[]> = Object.create(null)
  for (let i = 0; i < wire.length; i += 2) {
    const name = textOf(wire[i] as Buffer).toLowerCase()
    record[name] = joined(record[name], textOf(wire[i + 1] as Buffer))
  }
  return record
}

function joined(before: string | string[] | undefined, value: string): string | string[] {
  if (before === undefined) return value
  return typeof before === 'string' ? [before, value] : [...before, value]
}
