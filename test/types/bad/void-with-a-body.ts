/** A method without a value has a schema: it would be validated and dropped. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: { id: number; name: string; }; wants: void; }>
import { Delete, Responses, remote } from 'guise'
import { Member } from '../fixtures.js'

export class Members {
  @Delete()
  @Responses({ 200: Member }) // <- here
  remove(): Promise<void> {
    return remote()
  }
}
