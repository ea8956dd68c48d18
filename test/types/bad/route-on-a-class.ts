/** A route is no class. */
// expect: The runtime will invoke the decorator with 1 arguments, but the decorator expects 2
import { Get } from 'guise'

@Get('/members') // <- here
export class Members {}
