/** A URL is a string or a URL. */
// expect: Mistake<"A @Url must be a string or a URL", { is: number; wants: string | URL; }>
import { Get, remote, Url } from 'guise'

export class Members {
  @Get()
  send(
    @Url() value: number, // <- here
  ): Promise<unknown> {
    return remote(value)
  }
}
