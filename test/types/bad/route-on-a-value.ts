/** A property that is no function. */
// expect: Mistake<"A route must be a method that returns a Promise", { is: number; wants: RemoteMethod; }>
import { Get } from 'guise'

export class Members {
  @Get() // <- here
  count = 7
}
