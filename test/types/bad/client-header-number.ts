/** The value of a header is a string. */
// expect: Type 'number' is not assignable to type 'string'
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', headers: { 'x-version': 2 } }) // <- here
