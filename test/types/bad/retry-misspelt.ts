/** @Retry has no such option. */
// expect: 'retires' does not exist in type 'RetryOptions'. Did you mean to write 'retries'?
import { Retry } from 'guise'

@Retry({ retires: 3 }) // <- here
export class Members {}
