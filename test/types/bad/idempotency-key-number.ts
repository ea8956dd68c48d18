/** An idempotency key is a string. */
// expect: Mistake<"An @IdempotencyKey must be a string", { is: number; wants: string | undefined; }>
import { IdempotencyKey, Post, remote } from 'guise'

export class Members {
  @Post()
  send(
    @IdempotencyKey() value: number, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
