/** `createClient`: what it takes and what it makes. */
import {
  Call,
  type CallOptions,
  type ClientOf,
  type ClientOptions,
  close,
  contractOf,
  createClient,
  Get,
  type HttpRequest,
  type HttpResponse,
  type MethodName,
  Param,
  Responses,
  remote,
  type SendOptions,
  type ServiceContract,
  type TargetCall,
  type Transport,
} from 'guise'
import { Agent, MockAgent } from 'undici'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Member } from '../fixtures.js'

export class Members {
  readonly kind = 'members'

  @Get('/{id}')
  @Responses({ 200: Member })
  byId(@Param('id') id: number, @Call() options?: CallOptions): Promise<Member> {
    return remote(id, options)
  }

  @Get('/health') health!: () => Promise<string>

  async nameOf(id: number) {
    return (await this.byId(id)).name
  }

  greet(): string {
    return 'hello'
  }
}

const url = 'http://member-svc:8080'
const members = createClient(Members, { url })
const same: Members = members
typeIs<ClientOf<Members>>()(members)
typeIs<'members'>()(same.kind)
typeIs<Promise<void>>()(close(members))
typeIs<PromiseLike<void>>()(members[Symbol.asyncDispose]())
typeIs<ServiceContract>()(contractOf(Members))
typeIs<boolean>()(members instanceof Members)

await members.byId(7)
await members.byId(7, {})
await members.byId(7, {
  signal: AbortSignal.timeout(500),
  timeout: { connect: 1, attempt: 2, total: 3 },
  headers: { 'x-a': 'b', accept: undefined },
})
await members.byId(7, { signal: undefined, timeout: undefined, headers: undefined })

export async function disposed(): Promise<Member> {
  await using client = createClient(Members, { url: new URL(url) })
  return await client.byId(7)
}

const transport: Transport = {
  send: (request: HttpRequest, options: SendOptions): Promise<HttpResponse> =>
    Promise.reject(new Error(`${request.method} ${request.path} ${options.timeout}`)),
  close: () => Promise.resolve(),
}
createClient(Members, {
  url: ({ client, method }) => `http://${client}/${method}`,
  headers: { 'user-agent': 'test' },
  timeout: 1_000,
  methods: { byId: { timeout: { total: 500 } }, health: { timeout: 50 } },
  allowOrigins: ['http://other', new URL('http://third')],
  connections: 8,
  dispatcher: new Agent(),
  maxResponseBytes: 1_000_000,
  transport,
})
createClient(Members, {
  url: async (call: TargetCall) => new URL(`http://${call.client}`),
  dispatcher: new MockAgent(),
})

/** Options and timeouts can be made elsewhere. */
const timeout: NonNullable<ClientOptions['timeout']> = { attempt: 100 }
const options: ClientOptions<Members> = { url, timeout }
createClient(Members, { ...options, methods: { byId: { timeout } } })

export type Checks = [
  Expect<Equal<MethodName<Members>, 'byId' | 'health' | 'nameOf'>>,
  Expect<Equal<ClientOf<Members>, Members & AsyncDisposable>>,
  Expect<Equal<Parameters<typeof members.byId>, [id: number, options?: CallOptions | undefined]>>,
  Expect<Equal<ReturnType<typeof members.byId>, Promise<Member>>>,
]
