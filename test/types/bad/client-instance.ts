/** A client is made of the class, not of an instance. */
// expect: Argument of type 'Members' is not assignable to parameter of type 'new () => object'
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(new Members(), { url: 'http://h' }) // <- here
