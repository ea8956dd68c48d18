/** A client needs options. */
// expect: Expected 2 arguments, but got 1
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members) // <- here
