/** A schema that does not tell its types promises nothing. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: unknown; wants: { id: number; name: string; }; }>
import { Get, Responses, remote, type Schema } from 'guise'
import type { Member } from '../fixtures.js'

declare const schema: Schema

export class Members {
  @Get()
  @Responses({ 200: schema }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
