/** A method that returns no promise is none of the group. */
// expect: Property 'greet' does not exist on type 'GroupOf<Members, "a">'
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

createGroup(Members, { targets: { a: 'http://a' } }).greet() // <- here
