/** An error of another class has no status. */
// expect: Property 'status' does not exist on type 'TimeoutError'
import { TimeoutError } from 'guise'

export function statusOf(error: unknown): number {
  return error instanceof TimeoutError ? error.status : 0 // <- here
}
