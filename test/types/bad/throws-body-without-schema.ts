/** The class wants a body, but there is no schema to say that it is one. */
// expect: Type 'unknown' is not assignable to type '{ title: string; }'
import { throws } from 'guise'
import { NameTaken } from '../fixtures.js'

export const entry = throws(NameTaken) // <- here
