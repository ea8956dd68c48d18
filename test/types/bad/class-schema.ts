/** A schema in the table of a class. */
// expect: Mistake<"On a class, a response table may only hold throws(...)", { is: { id: number; name: string; }; }>
import { Responses, throws } from 'guise'
import { Down, Member } from '../fixtures.js'

@Responses({ 200: Member, 401: throws(Down) }) // <- here
export class Members {}
