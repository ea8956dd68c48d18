/** Every decorator, with every option that it takes. */
import type { Readable } from 'node:stream'
import {
  Bearer,
  Body,
  Call,
  type CallOptions,
  Client,
  Cookie,
  Delete,
  Field,
  FieldMap,
  Get,
  Head,
  Header,
  HeaderMap,
  Headers,
  Http,
  IdempotencyKey,
  nothing,
  Options,
  Param,
  Part,
  PartMap,
  type PartValue,
  Patch,
  Post,
  Put,
  Query,
  QueryMap,
  type RawBody,
  Responses,
  remote,
  Url,
} from 'guise'
import { Member, NewMember } from '../fixtures.js'

@Client()
@Headers({ accept: 'application/json', authorization: 'Bearer {token}' })
export class Verbs {
  @Get() get!: () => Promise<unknown>
  @Post('/') post!: () => Promise<unknown>
  @Put('/x') put!: () => Promise<unknown>
  @Patch('{?x}') patch!: () => Promise<unknown>
  @Delete('#x') delete!: () => Promise<unknown>
  @Head('/x') head!: () => Promise<void>
  @Options('/x') options!: () => Promise<void>
  @Http('QUERY', '/x') query!: () => Promise<unknown>
  @Http('REPORT') report!: () => Promise<unknown>
}

@Client({ name: 'parameters', path: '/api/{tenant}' })
export class Parameters {
  @Get('/{id}/{+rest}')
  @Headers({ 'x-tenant': '{tenant}' })
  @Responses({ 200: Member })
  url(
    @Param('tenant') tenant: string,
    @Param('id') id: number,
    @Param('rest', { encoded: true }) rest: string,
    @Query('q') q: string | undefined,
    @Query('tags', { style: 'csv', default: 'none' }) tags: readonly string[],
    @Query('filter', { style: 'deepObject' }) filter: { name: { like: string } },
    @QueryMap() others: Record<string, string | number[]>,
    @Header('x-trace') trace: string | null,
    @HeaderMap() headers: { 'x-a'?: string },
    @Cookie('session') session: string,
    @Bearer() token?: string,
    @Call() options?: CallOptions,
  ): Promise<Member> {
    return remote(tenant, id, rest, q, tags, filter, others, trace, headers, session, token, options)
  }

  @Post()
  @Responses({ 201: Member })
  body(
    @Body(NewMember, { type: 'application/vnd.member+json' }) member: NewMember,
    @IdempotencyKey() key?: string,
  ): Promise<Member> {
    return remote(member, key)
  }

  @Post()
  @Responses({ 204: nothing() })
  raw(@Body() body: RawBody): Promise<void> {
    return remote(body)
  }

  @Post()
  @Responses({ 204: nothing() })
  typed(@Body(undefined, { type: 'text/csv' }) csv: AsyncIterable<string>): Promise<void> {
    return remote(csv)
  }

  @Post()
  @Responses({ 204: nothing() })
  form(
    @Field('name') name: string,
    @Field('tags', { style: 'brackets' }) tags: string[],
    @FieldMap() others: { a?: string; b: readonly number[] },
  ): Promise<void> {
    return remote(name, tags, others)
  }

  @Post()
  @Responses({ 204: nothing() })
  multipart(
    @Part('file', { filename: 'a.png', type: 'image/png' }) file: Uint8Array | Blob | Readable,
    @Part('tags') tags: readonly string[],
    @Part('meta', { type: 'application/json' }) meta: { a: number },
    @PartMap() others: Record<string, PartValue>,
  ): Promise<void> {
    return remote(file, tags, meta, others)
  }

  @Get()
  @Responses({ 200: Member })
  next(@Url() url: string | URL): Promise<Member> {
    return remote(url)
  }
}
