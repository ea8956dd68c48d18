/** A record of fields is flat. */
// expect: Mistake<"A @FieldMap must be a flat record: its values are text or lists of text", { is: { a: { b: string; }; }; }>
import { FieldMap, Post, remote } from 'guise'

export class Members {
  @Post()
  send(
    @FieldMap() value: { a: { b: string } }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
