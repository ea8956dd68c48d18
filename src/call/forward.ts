/** Which headers of the request being served go on with a call. */

/** What a header cannot hold (RFC 9110, section 5.5); no server lets it in, but a context may be made by hand. */
const UNSENDABLE = /[^\t\x20-\x7e\x80-\xff]/
/** As many bytes as Node takes in for all headers of a request together. */
const MAX_FORWARDED = 16 * 1024
/** W3C Trace Context, level 1: of a malformed one nobody further on could make anything. Neither id is all zeros. */
const TRACEPARENT = /^(?!ff)[\da-f]{2}-(?!0{32})[\da-f]{32}-(?!0{16})[\da-f]{16}-[\da-f]{2}(?:-.*)?$/

/**
 * Names and values in turn, of those among `names` that the call has not itself.
 *
 * @param names in lower case.
 * @param own the call's own headers, names and values in turn.
 */
export function forwarded(
  names: readonly string[],
  inbound: Readonly<Record<string, string | readonly string[] | undefined>>,
  own: readonly string[],
): string[] {
  const added: string[] = []
  for (const name of names) {
    const value = Object.hasOwn(inbound, name) ? inbound[name] : undefined
    if (value === undefined || own.some((one, i) => i % 2 === 0 && one === name)) continue
    const text = typeof value === 'string' ? value : value.join(', ')
    if (text.length > MAX_FORWARDED || UNSENDABLE.test(text)) continue
    if (name === 'traceparent' && !TRACEPARENT.test(text)) continue
    added.push(name, text)
  }
  return added
}
