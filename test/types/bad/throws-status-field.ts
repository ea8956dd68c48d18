/** `status` reads what the schema does not give. */
// expect: Property 'statusCode' does not exist on type '{ title: string; }'
import { throws } from 'guise'
import { Down, Problem } from '../fixtures.js'

export const entry = throws(Down, Problem, { status: body => body.statusCode }) // <- here
