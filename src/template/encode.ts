/** Percent-encoding as RFC 6570 has it: two sets of characters that stay as they are. */

const unreserved = tableOf(/[\w.~-]/)
const unreservedOrReserved = tableOf(/[\w.~:/?#[\]@!$&'()*+,;=-]/)

/** For each ASCII character what is written for it, or '' if it stays. */
function tableOf(kept: RegExp): readonly string[] {
  return Array.from({ length: 128 }, (_, code) => {
    const stays = kept.test(String.fromCharCode(code))
    return stays ? '' : `%${code.toString(16).toUpperCase().padStart(2, '0')}`
  })
}

/**
 * Writes all but letters, digits, `-`, `.`, `_` and `~` as percent-triplets of their UTF-8 octets.
 *
 * @param text - any text; what looks like a triplet is text too, so its `%` is encoded
 * @throws URIError if the text holds a lone surrogate; text from `textOf` never does
 * @see RFC 6570, section 3.2.1, and RFC 3986, section 2.3
 * @example
 * encodeUnreserved('a/b c') // 'a%2Fb%20c'
 * encodeUnreserved('100%') // '100%25'
 */
export function encodeUnreserved(text: string): string {
  return encode(text, unreserved, false)
}

/**
 * Writes all but unreserved characters, reserved characters and percent-triplets that are already there as triplets.
 *
 * @param text - text that may be part of a URI already; a `%` that begins no triplet is encoded
 * @throws URIError if the text holds a lone surrogate; text from `textOf` never does
 * @see RFC 6570, section 3.2.3 and, for literals, section 3.1
 * @example
 * encodeReserved('/a b?c=%2F') // '/a%20b?c=%2F'
 * encodeReserved('100%') // '100%25'
 */
export function encodeReserved(text: string): string {
  return encode(text, unreservedOrReserved, true)
}

/**
 * One pass by hand: for values as short as those of a URL it beats a regex followed by encodeURIComponent, and most of
 * all where something is to be encoded.
 */
function encode(text: string, table: readonly string[], keepTriplets: boolean): string {
  let result = ''
  let done = 0
  let at = 0
  while (at < text.length) {
    const start = at
    const written = table[text.charCodeAt(at++)]
    if (written === '') continue
    if (written === '%25' && keepTriplets && isTriplet(text, start)) continue
    // Outside ASCII a whole run is encoded at once, which keeps surrogate pairs together.
    if (written === undefined) while (text.charCodeAt(at) > 127) at++
    result += text.slice(done, start) + (written ?? encodeURIComponent(text.slice(start, at)))
    done = at
  }
  return done === 0 ? text : result + text.slice(done)
}

function isTriplet(text: string, at: number): boolean {
  return /^%[\dA-F]{2}/i.test(text.slice(at, at + 3))
}
