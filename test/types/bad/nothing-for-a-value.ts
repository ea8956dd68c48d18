/** A body is promised where there is none. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: undefined; wants: { id: number; name: string; }; }>
import { Delete, nothing, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Delete()
  @Responses({ 200: Member, 204: nothing() }) // <- here
  remove(): Promise<Member> {
    return remote()
  }
}
