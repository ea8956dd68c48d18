/** Without a schema nothing is known of the body. */
// expect: 'reply.body' is of type 'unknown'
import { throws } from 'guise'

export const entry = throws(reply => new Error(reply.body.title)) // <- here
