// Colour, where somebody can see it.

type Brush = (text: string) => string

export interface Paint {
  readonly bold: Brush
  readonly good: Brush
  readonly bad: Brush
}

const none: Brush = text => text
const code =
  (open: number, close: number): Brush =>
  text =>
    `\u001b[${open}m${text}\u001b[${close}m`

/** Escape codes have no place in a file or a pipe. */
export function paintFor(colour: boolean): Paint {
  if (!colour) return { bold: none, good: none, bad: none }
  return { bold: code(1, 22), good: code(32, 39), bad: code(31, 39) }
}
