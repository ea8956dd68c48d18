/** orThrow gives the values of the targets that the group has. */
// expect: Property 'b' does not exist on type
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

;(await createGroup(Members, { targets: { a: 'http://a' } }).byId(7)).orThrow().b // <- here
