/** A value in the table of a class. */
// expect: Mistake<"On a class, a response table may only hold throws(...)", { is: null; }>
import { Responses, returns } from 'guise'

@Responses({ 404: returns(null) }) // <- here
export class Members {}
