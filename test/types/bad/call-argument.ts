/** A route is called with another type. */
// expect: Argument of type 'string' is not assignable to parameter of type 'number'
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

const members = createClient(Members, { url: 'http://h' })
await members.byId('7') // <- here
