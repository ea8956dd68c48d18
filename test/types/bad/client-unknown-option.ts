/** createClient has no such option. */
// expect: 'timeuot' does not exist in type 'ClientOptions<Members>'. Did you mean to write 'timeout'?
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', timeuot: 500 }) // <- here
