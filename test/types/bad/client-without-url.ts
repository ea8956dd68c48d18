/** A client needs to know where the service is. */
// expect: Property 'url' is missing in type '{}' but required in type 'ClientOptions<Members>'
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

createClient(Members, {}) // <- here
