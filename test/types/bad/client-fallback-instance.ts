/** The fallback is an instance of another class. */
// expect: is not assignable to type
import { createClient, fallbackTo } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number): Promise<Member | null>
}

declare class Others {
  byId(id: number): Promise<string>
}

createClient(Members, { url: 'http://h', fallback: fallbackTo(new Others()) }) // <- here
