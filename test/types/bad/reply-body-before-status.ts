/** The body of a reply is read before its status is looked at. */
// expect: Property 'title' does not exist on type
import type { Reply } from 'guise'
import type { Member, Problem } from '../fixtures.js'

declare const placed: Reply<200, Member> | Reply<409, Problem>
export const title = placed.body.title // <- here
