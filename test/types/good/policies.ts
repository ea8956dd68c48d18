/** Policies: the decorators, the same as options, and a fallback typed from the class. */
import {
  Bulkhead,
  CircuitBreaker,
  type CircuitBreakerOptions,
  type CircuitSnapshot,
  type ClientDescription,
  type ClientOf,
  circuitsOf,
  createClient,
  describe,
  type Fallback,
  fallbackTo,
  Get,
  Idempotent,
  type Interceptor,
  Param,
  type PolicyOptions,
  Post,
  Responses,
  Retry,
  type RetryOptions,
  remote,
  returns,
  Timeout,
  type TimeoutOptions,
} from 'guise'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Member } from '../fixtures.js'

@Timeout(5_000)
@Retry(false)
@CircuitBreaker()
@Bulkhead({ concurrent: 10 })
export class Members {
  @Get('/{id}')
  @Timeout({ connect: 100, attempt: 500, total: 2_000 })
  @Retry({ retries: 3, minDelay: 50, maxDelay: 500, on: [502, 503], budget: { ratio: 0.1, perSecond: 1 } })
  @CircuitBreaker({
    volume: 20,
    errorThreshold: 25,
    window: 5_000,
    resetAfter: 1_000,
    scope: 'method',
    counts: [500],
  })
  @Bulkhead({ concurrent: 5, queue: 50 })
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('id') id: number): Promise<Member | null> {
    return remote(id)
  }

  @Post()
  @Idempotent()
  @Retry({ budget: false })
  @CircuitBreaker(false)
  @Bulkhead(false)
  create!: (name: string) => Promise<Member>

  greet(): string {
    return 'hello'
  }
}

const timeout: TimeoutOptions = { attempt: 100 }
const retry: RetryOptions = { retries: 1 }
const circuitBreaker: CircuitBreakerOptions = { scope: 'target' }
const policies: PolicyOptions = { timeout, retry, circuitBreaker, bulkhead: false }
const log: Interceptor = (request, next) => next(request)

const members = createClient(Members, {
  ...policies,
  url: ['http://a:8080', new URL('http://b:8080')],
  methods: { byId: policies, create: { retry: false, circuitBreaker: true } },
  fallback: {
    byId: (error, id) => {
      typeIs<unknown>()(error)
      typeIs<number>()(id)
      return null
    },
    create: async (_error, name) => ({ id: 0, name }),
  },
  use: [log],
  forward: ['authorization'],
  handBack: ['x-token-refresh-needed'],
})
// The fallback has no say in what the class is.
typeIs<ClientOf<Members>>()(members)
typeIs<Member | null>()(await members.byId(1))
typeIs<string>()(members.greet())
typeIs<ClientOf<Members>>()(createClient(Members, { url: 'http://h', fallback: { byId: () => null } }))
typeIs<ClientOf<Members>>()(createClient(Members, { url: 'http://h', fallback: fallbackTo(new Members()) }))
typeIs<ClientDescription>()(describe(members))

const circuits = circuitsOf(members)
typeIs<CircuitSnapshot | undefined>()(circuits[0])

export type Checks = [
  Expect<Equal<Parameters<NonNullable<Fallback<Members>['byId']>>, [error: unknown, id: number]>>,
]
