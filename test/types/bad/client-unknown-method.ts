/** The class has no such method. */
// expect: 'byld' does not exist in type '{ readonly byId?:
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, { url: 'http://h', methods: { byld: { timeout: 500 } } }) // <- here
