// Numbers by chance that are the same for the same seed.

/** @param seed any text. Each call of what it returns gives a number from 0 to 1. */
export function randomOf(seed) {
  let state = 0
  for (const letter of String(seed)) state = (Math.imul(state, 31) + letter.charCodeAt(0)) | 0
  return () => {
    // mulberry32
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
