/** A class whose constructor wants something that a reply has not. */
// expect: Property 'orderId' is missing in type 'ErrorReply<unknown>'
import { throws } from 'guise'

class Fault extends Error {
  constructor(readonly reply: { status: number; orderId: string }) {
    super()
  }
}

export const entry = throws(Fault) // <- here
