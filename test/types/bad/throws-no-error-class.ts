/** A class that is no error. */
// expect: Type 'Fault' is missing the following properties from type 'Error'
import { throws } from 'guise'

class Fault {
  constructor(readonly reply: { status: number }) {}
}

export const entry = throws(Fault) // <- here
