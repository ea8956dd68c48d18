/** A group has no fallback: what failed is in the report. */
// expect: 'fallback' does not exist in type 'GroupOptions<Members,
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

createGroup(Members, { targets: { a: 'http://a' }, fallback: {} }) // <- here
