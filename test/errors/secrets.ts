/** A service whose routes carry a secret in every place that a request has. */
import {
  Bearer,
  Body,
  Call,
  type CallOptions,
  Client,
  Cookie,
  Field,
  FieldMap,
  Get,
  Header,
  HeaderMap,
  Headers,
  HttpError,
  IdempotencyKey,
  Param,
  Part,
  PartMap,
  Post,
  Query,
  QueryMap,
  Responses,
  remote,
  throws,
  Url,
} from 'guise'
import { z } from 'zod'

export const CANARY = 'c4n4ry'

class Down extends HttpError {}
class Own extends Error {}
const Secret = z.object({ secret: z.string(), list: z.array(z.number()) })

@Client({ name: 'api', path: '/v1' })
@Headers({ 'x-class': 'class {templated}' })
export class Api {
  @Post('/items/{id}{?q}')
  @Responses({ 200: Secret, 409: throws(Down, Secret), 410: throws(() => new Own('gone')) })
  post(
    @Param('id') id: string,
    @Param('q') q: string,
    @Param('templated') templated: string,
    @Query('api_key') key: string,
    @QueryMap() more: Record<string, string>,
    @Header('x-secret') secret: string,
    @HeaderMap() headers: Record<string, string>,
    @Cookie('sid') cookie: string,
    @Bearer() token: string,
    @IdempotencyKey() idempotency: string,
    @Body(Secret) body: z.input<typeof Secret>,
    @Call() options: CallOptions,
  ): Promise<unknown> {
    return remote(id, q, templated, key, more, secret, headers, cookie, token, idempotency, body, options)
  }

  @Post('/form/{id}')
  @Headers({ 'x-class': 'none' })
  @Responses({ 200: Secret })
  form(
    @Param('id') id: string,
    @Field('f') f: string,
    @FieldMap() map: Record<string, string>,
  ): Promise<unknown> {
    return remote(id, f, map)
  }

  @Post('/parts')
  @Headers({ 'x-class': 'none' })
  @Responses({ 200: Secret })
  parts(@Part('p') p: string, @PartMap() map: Record<string, string>): Promise<unknown> {
    return remote(p, map)
  }
}

export class Free {
  @Get()
  @Responses({ 200: Secret })
  get(@Url() url: string): Promise<unknown> {
    return remote(url)
  }
}

/** All secrets of a call, one of them replaced. */
export function secrets(bad: Partial<Record<string, unknown>> = {}): Parameters<Api['post']> {
  const args: Record<string, unknown> = {
    id: `id-${CANARY}`,
    q: `q-${CANARY}`,
    templated: `t-${CANARY}`,
    key: `k-${CANARY}`,
    more: { token: CANARY },
    secret: `h-${CANARY}`,
    headers: { 'x-map': CANARY },
    cookie: CANARY,
    token: `tok-${CANARY}`,
    idempotency: `idem-${CANARY}`,
    body: { secret: CANARY, list: [1] },
    options: { headers: { 'x-call': CANARY } },
    ...bad,
  }
  return Object.values(args) as Parameters<Api['post']>
}
