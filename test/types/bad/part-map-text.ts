/** A record of parts is a record. */
// expect: Mistake<"A @PartMap must be a record", { is: string; wants: object | null | undefined; }>
import { PartMap, Post, remote } from 'guise'

export class Members {
  @Post()
  send(
    @PartMap() value: string, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
