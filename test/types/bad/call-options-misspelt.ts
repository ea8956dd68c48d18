/** The options of a call have no such part. */
// expect: 'timeuot' does not exist in type 'CallOptions'. Did you mean to write 'timeout'?
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

const members = createClient(Members, { url: 'http://h' })
await members.byId(7, { timeuot: 500 }) // <- here
