/** The result may be null. */
// expect: is possibly 'null'
import { type CallOptions, createClient } from 'guise'
import type { Member } from '../fixtures.js'

declare class Members {
  byId(id: number, options?: CallOptions): Promise<Member | null>
  greet(): string
}

const members = createClient(Members, { url: 'http://h' })
const member = await members.byId(7)
export const name = member.name // <- here
