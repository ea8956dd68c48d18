/** `status` reads a body that no schema has checked. */
// expect: 'status' does not exist in type 'Schema<unknown, unknown>'
import { throws } from 'guise'
import { Down } from '../fixtures.js'

export const entry = throws(Down, { status: () => 503 }) // <- here
