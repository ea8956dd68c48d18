/** A private route: no guise could show it. */
// expect: Mistake<"A route must be public", { is: "first"; }>
import { Get, Param, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Get('/{id}') // <- here
  @Responses({ 200: Member })
  protected first(@Param('id') id: number): Promise<Member> {
    return remote(id)
  }
}
