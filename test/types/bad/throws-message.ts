/** A class whose constructor wants a text, as those without one do. */
// expect: Type 'ErrorReply<unknown>' is not assignable to type 'string'
import { throws } from 'guise'

class Fault extends Error {}

export const entry = throws(Fault) // <- here
