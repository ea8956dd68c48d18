/** Percent-encoding as RFC 6570 has it: two sets of characters that stay as they are. */

const unreserved = /^[\w.~-]*$/
const spared = /[!'()*]/
const unreservedOrReserved = /^[\w.~:/?#[\]@!$&'()*+,;=-]*$/

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
  if (unreserved.test(text)) return text
  const encoded = encodeURIComponent(text)
  return spared.test(encoded) ? encoded.replace(/[!'()*]/g, c => triplets[c as Spared]) : encoded
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
  if (unreservedOrReserved.test(text)) return text
  // encodeURI turns every % of the text into %25, so a %5B or %5D in its result comes from a bracket only.
  return encodeURI(text)
    .replace(/%5B/g, '[')
    .replace(/%5D/g, ']')
    .replace(/%25(?=[\dA-Fa-f]{2})/g, '%')
}

/** Reserved characters that encodeURIComponent leaves alone. */
const triplets = { '!': '%21', "'": '%27', '(': '%28', ')': '%29', '*': '%2A' } as const
type Spared = keyof typeof triplets
