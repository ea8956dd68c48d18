/** @Timeout has no such part. */
// expect: 'totl' does not exist in type
import { Timeout } from 'guise'

@Timeout({ totl: 500 }) // <- here
export class Members {}
