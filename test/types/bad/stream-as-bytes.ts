/** A stream is not bytes. */
// expect: Mistake<"The method must be able to return all that its response table resolves to", { is: Readable & AsyncDisposable; wants: Uint8Array
import { Get, Responses, remote, stream } from 'guise'

export class Members {
  @Get()
  @Responses({ 200: stream() }) // <- here
  download(): Promise<Uint8Array> {
    return remote()
  }
}
