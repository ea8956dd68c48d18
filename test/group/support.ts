/** The class that the tests of groups call through, and servers for its targets. */
import { Body, Call, type CallOptions, Get, Idempotent, Param, Post, Responses, remote, text } from 'guise'
import { z } from 'zod'

export const Note = z.object({ title: z.string().min(1) })
export type Note = z.infer<typeof Note>

export class Events {
  readonly kind = 'events'
  count = 0

  @Post('/events')
  @Idempotent()
  @Responses({ 200: text(), 201: text() })
  created(@Body(Note) note: Note, @Call() options?: CallOptions): Promise<string> {
    return remote(note, options)
  }

  @Get('/events/{id}')
  @Responses({ 200: text() })
  byId(@Param('id') id: number): Promise<string> {
    return remote(id)
  }

  async shout(id: number): Promise<string> {
    return (await this.byId(id)).toUpperCase()
  }

  add(): number {
    this.count++
    return this.count
  }
}

/** A promise's error; the test fails if it has none. */
export async function rejection<E = Error>(promise: PromiseLike<unknown>): Promise<E> {
  return promise.then(
    () => {
      throw new Error('it resolved')
    },
    (error: unknown) => error as E,
  )
}

export async function collected<T>(results: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const result of results) list.push(result)
  return list
}
