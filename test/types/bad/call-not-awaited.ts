/** The result is a promise. */
// expect: Property 'name' does not exist on type 'Promise<
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

const members = createClient(Members, { url: 'http://h' })
export const name = members.byId(7).name // <- here
