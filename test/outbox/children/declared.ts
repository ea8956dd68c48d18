/** The notification of the tests with real processes; it is compiled for them too, so it names the sources. */
import { Body, Client, IdempotencyKey, nothing, Post, Responses, remote } from '../../../src/index.js'

@Client({ name: 'events' })
export class Events {
  @Post('/events')
  @Responses({ 201: nothing() })
  happened(@Body() event: { number: number }, @IdempotencyKey() id: string): Promise<void> {
    return remote(event, id)
  }
}

export const NOW = 1_800_000_000_000
export const MAX_ATTEMPTS = 3
