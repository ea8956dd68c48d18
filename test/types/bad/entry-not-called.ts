/** An entry that was not called. */
// expect: Mistake<"An entry is a schema, returns(...), throws(...), reply(...), text(), ... or a list of them", { is: () => Resolves<string>; }>
import { Get, Responses, remote, text } from 'guise'

export class Members {
  @Get()
  @Responses({ 200: text }) // <- here
  first(): Promise<string> {
    return remote()
  }
}
