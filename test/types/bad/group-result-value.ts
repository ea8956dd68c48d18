/** A result has a value only where the target did not fail. */
// expect: Property 'value' does not exist on type
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

for await (const result of createGroup(Members, { targets: { a: 'http://a' } }).byId(7)) result.value // <- here
