/** The class has no such method to fall back for. */
// expect: 'byld' does not exist in type
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', fallback: { byld: () => null } }) // <- here
