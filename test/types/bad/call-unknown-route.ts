/** The class has no such route. */
// expect: Property 'byName' does not exist on type 'ClientOf<Members>'
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

const members = createClient(Members, { url: 'http://h' })
await members.byName('Ada') // <- here
