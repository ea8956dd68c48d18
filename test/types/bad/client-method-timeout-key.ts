/** A timeout of a method has no such part. */
// expect: 'totl' does not exist in type
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', methods: { byId: { timeout: { totl: 500 } } } }) // <- here
