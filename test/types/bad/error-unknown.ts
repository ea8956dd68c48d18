/** A caught error is unknown until instanceof has told which it is. */
// expect: 'error' is of type 'unknown'

export function statusOf(error: unknown): number {
  return error.status // <- here
}
