/** The fallback gives what the method does not return. */
// expect: Type 'number' is not assignable to type
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', fallback: { byId: () => 7 } }) // <- here
