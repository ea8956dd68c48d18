/** A schema in a list in the table of a class. */
// expect: Mistake<"On a class, a response table may only hold throws(...)", { is: { id: number; name: string; }; }>
import { Responses, throws } from 'guise'
import { Down, Member } from '../fixtures.js'

@Responses({ 200: [throws(Down), Member] }) // <- here
export class Members {}
