/** A group needs to know its targets. */
// expect: Property 'targets' is missing in type '{}' but required in type 'GroupOptions<Members
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

createGroup(Members, {}) // <- here
