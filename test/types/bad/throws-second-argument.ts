/** A class whose constructor wants a second argument. */
// expect: Target signature provides too few arguments. Expected 2 or more, but got 1
import { throws } from 'guise'

class Fault extends Error {
  constructor(reply: { status: number }, orderId: string) {
    super(`${reply.status} ${orderId}`)
  }
}

export const entry = throws(Fault) // <- here
