/** `status` gives a text. */
// expect: Type 'string' is not assignable to type 'number'
import { throws } from 'guise'
import { Down, Problem } from '../fixtures.js'

export const entry = throws(Down, Problem, { status: body => body.title }) // <- here
