/** A route is called without an argument. */
// expect: Expected 1-2 arguments, but got 0
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

const members = createClient(Members, { url: 'http://h' })
await members.byId() // <- here
