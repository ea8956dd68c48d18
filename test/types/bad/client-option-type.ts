/** An option of another type. */
// expect: Type 'string' is not assignable to type 'number'
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', connections: '8' }) // <- here
