/** The service of the fault matrix, declared. */
import type { Readable } from 'node:stream'
import {
  Body,
  Call,
  type CallOptions,
  Client,
  Get,
  Head,
  HttpError,
  IdempotencyKey,
  Param,
  Patch,
  Post,
  Put,
  Responses,
  remote,
  returns,
  stream,
  throws,
} from 'guise'
import { faults } from 'guise/testing'
import { z } from 'zod'

export const Thing = z.object({ id: z.number(), name: z.string() })
export type Thing = z.infer<typeof Thing>

export const thing: Thing = { id: 7, name: 'kim' }
/** The answer to every call of a trial that meets no fault. */
export const ok = faults.json(thing)

/** What an envelope says of a failure under HTTP 200. */
export class Failed extends HttpError {}
const Envelope = z.object({ statusCode: z.number(), message: z.string() })

const throwing = z.unknown().transform((): string => {
  throw new Error('the schema is broken')
})
const endless = z.unknown().refine(() => new Promise<boolean>(() => {}))

@Client({ name: 'things', path: '/things' })
export class Things {
  @Get('/{id}')
  @Responses({ 200: Thing })
  read(@Param('id') id: number, @Call() options?: CallOptions): Promise<Thing> {
    return remote(id, options)
  }

  @Get('/{id}/maybe')
  @Responses({ 200: Thing, 204: returns(null), 205: returns(null), 404: returns(null) })
  find(@Param('id') id: number): Promise<Thing | null> {
    return remote(id)
  }

  @Head('/{id}')
  @Responses({ 200: returns(true), 404: returns(false) })
  exists(@Param('id') id: number): Promise<boolean> {
    return remote(id)
  }

  @Get('/{id}/file')
  @Responses({ 200: stream() })
  download(@Param('id') id: number, @Call() options?: CallOptions): Promise<Readable> {
    return remote(id, options)
  }

  @Post()
  @Responses({ 200: Thing })
  create(@Body() name: string, @Call() options?: CallOptions): Promise<Thing> {
    return remote(name, options)
  }

  @Post()
  @Responses({ 200: Thing })
  createOnce(@IdempotencyKey() key: string, @Body() name: string): Promise<Thing> {
    return remote(key, name)
  }

  @Put('/{id}')
  @Responses({ 200: Thing })
  store(@Param('id') id: number, @Body() body: Readable | Uint8Array): Promise<Thing> {
    return remote(id, body)
  }

  @Patch('/{id}')
  @Responses({ 200: Thing })
  upload(
    @Param('id') id: number,
    @Body() body: Readable | AsyncIterable<Uint8Array> | Uint8Array,
    @Call() options?: CallOptions,
  ): Promise<Thing> {
    return remote(id, body, options)
  }

  @Get('/{id}/enveloped')
  @Responses({ 200: [throws(Failed, Envelope, { status: ({ statusCode }) => statusCode }), Thing] })
  enveloped(@Param('id') id: number): Promise<Thing> {
    return remote(id)
  }

  @Get('/{id}/loose')
  @Responses({ 200: z.looseObject({ id: z.number() }) })
  loose(@Param('id') id: number): Promise<Record<string, unknown>> {
    return remote(id)
  }

  @Get('/{id}/numbers')
  @Responses({ 200: z.array(z.number()) })
  numbers(@Param('id') id: number): Promise<number[]> {
    return remote(id)
  }

  @Get('/{id}/throwing')
  @Responses({ 200: throwing })
  throwing(@Param('id') id: number): Promise<string> {
    return remote(id)
  }

  @Get('/{id}/endless')
  @Responses({ 200: endless })
  endless(@Param('id') id: number): Promise<unknown> {
    return remote(id)
  }
}
