/** A route that may be missing. */
// expect: Mistake<"A route must be a method that returns a Promise", { is: undefined; wants: RemoteMethod; }>
import { Get } from 'guise'

export class Members {
  @Get() // <- here
  health?: () => Promise<string>
}
