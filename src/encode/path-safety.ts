/** Keeps the values of a path from walking it: no dot segment, no leading `//`, however often a server decodes. */
import type { Pair, TemplateValue } from '../template/prepare.js'

export const NUL = 'must not hold a NUL character in the path'
const SLASHES = 'must not make the path begin with //'
const DOTS = 'must not make a . or .. segment in the path'

const SLASH = 47
const BACKSLASH = 92

/** To a URL parser a backslash is a slash, and what ends a path may follow; some servers cut a segment at `;`. */
const DOT_SEGMENT = /[/\\](?:\.|%2e){1,2}(?=[/\\;?#]|[\0-\x20]*$)/i

/**
 * What is wrong with an expanded path, if anything. The template's own text is sound, so it came from a value.
 *
 * Servers and proxies decode once or twice; what is a dot segment to any of them walks the path. This concerns values
 * that are written as they are, in the slots of `raw`: what is percent-encoded in full is data, and read as such.
 */
export function soundness(
  expand: (slots: TemplateValue[]) => string,
  raw: ReadonlySet<number>,
): (text: string, slots: TemplateValue[]) => string | undefined {
  const asData = (value: TemplateValue, index: number) =>
    raw.has(index) || value === undefined ? value : neutral(value)
  return (text, slots) => {
    const mistake = pathMistake(text)
    if (mistake !== undefined || raw.size === 0) return mistake
    let decoded = expand(slots.map(asData))
    for (let round = 0; round < 2; round++) {
      decoded = decodeAscii(decoded).replace(/[\t\n\r]/g, '')
      const mistake = decoded.includes('\0') ? NUL : pathMistake(decoded)
      if (mistake !== undefined) return mistake
    }
    return undefined
  }
}

function pathMistake(text: string): string | undefined {
  const isRooted = text.charCodeAt(0) === SLASH
  const first = text.charCodeAt(isRooted ? 1 : 0)
  if (first === SLASH || first === BACKSLASH) return SLASHES
  // Most paths have neither, and the regex looks at each of their slashes.
  if (!text.includes('.') && !text.includes('%')) return undefined
  return DOT_SEGMENT.test(isRooted ? text : `/${text}`) ? DOTS : undefined
}

const neutral = (value: string | readonly (string | Pair)[]): TemplateValue =>
  typeof value === 'string'
    ? value.replace(/[^\w.~-]/g, 'x')
    : (value.map(item => (typeof item === 'string' ? neutral(item) : item.map(neutral))) as TemplateValue)

const decodeAscii = (text: string): string =>
  text.replace(/%([0-7][\da-f])/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
