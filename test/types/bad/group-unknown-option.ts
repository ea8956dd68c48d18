/** createGroup has no such option. */
// expect: 'timeuot' does not exist in type 'GroupOptions<Members,
import { createGroup } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
  greet(): string
}

createGroup(Members, { targets: { a: 'http://a' }, timeuot: 500 }) // <- here
