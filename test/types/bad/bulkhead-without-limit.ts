/** A bulkhead needs its limit. */
// expect: Property 'concurrent' is missing in type
import { Bulkhead } from 'guise'

@Bulkhead({ queue: 10 }) // <- here
export class Members {}
