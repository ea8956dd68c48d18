/** The envelope is not taken off. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: { data: { id: number; name: string; }; }; wants: { id: number; name: string; }; }>
import { Get, Responses, remote } from 'guise'
import { z } from 'zod'
import { Member } from '../fixtures.js'

export class Members {
  @Get()
  @Responses({ 200: z.object({ data: Member }) }) // <- here
  first(): Promise<Member> {
    return remote()
  }
}
