/** A target is a URL, or its options. */
// expect: Type 'number' is not assignable to type
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

createGroup(Members, { targets: { a: 8080 } }) // <- here
