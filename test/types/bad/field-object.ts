/** An object cannot be a field of a form. */
// expect: Mistake<"A @Field must be text (string, number, bigint, boolean, Date) or a list of text", { is: { a: string; }; }>
import { Field, Post, remote } from 'guise'

export class Members {
  @Post()
  send(
    @Field('a') value: { a: string }, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
