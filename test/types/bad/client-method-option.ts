/** A method has no such option. */
// expect: 'timout' does not exist in type
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', methods: { byId: { timout: 500 } } }) // <- here
