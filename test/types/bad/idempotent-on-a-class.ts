/** @Idempotent is for methods. */
// expect: The runtime will invoke the decorator with 1 arguments, but the decorator expects 2
import { Idempotent } from 'guise'

@Idempotent() // <- here
export class Members {}
