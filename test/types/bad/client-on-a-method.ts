/** @Client is for classes. */
// expect: The runtime will invoke the decorator with 3 arguments, but the decorator expects 1
import { Client, remote } from 'guise'
import type { Member } from '../fixtures.js'

export class Members {
  @Client({ path: '/api' }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
