/** A call to a group resolves to a report, not to a value. */
// expect: Property 'name' does not exist on type 'GroupReport<
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

;(await createGroup(Members, { targets: { a: 'http://a' } }).byId(7)).name // <- here
