/** A function that makes no error. */
// expect: Type 'string' is not assignable to type 'Error'
import { throws } from 'guise'

export const entry = throws(() => 'not found') // <- here
