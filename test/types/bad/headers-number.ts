/** The value of a header is a string. */
// expect: Type 'number' is not assignable to type 'string'
import { Headers } from 'guise'

@Headers({ 'x-version': 2 }) // <- here
export class Members {}
