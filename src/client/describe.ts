/** What a client does with each of its methods, and who said so. */
import type { Interceptor } from '../call/interceptor.js'
import type { MethodContract } from '../contract/index.js'
import type { Origin, ResolvedPolicies, Setting } from '../policy/settings.js'

/** One stage of a method's chain. */
export interface StageDescription {
  /** `retry`, `circuit breaker`, ... */
  readonly policy: string
  /** Each setting with its value and who set it. */
  readonly settings: Readonly<Record<string, { readonly value: unknown; readonly from: Origin }>>
}

export interface MethodDescription {
  /** Class and method: `MemberClient.byId`. */
  readonly method: string
  /** `GET /api/members/{memberId}` */
  readonly route: string
  /** From the outermost to the innermost. */
  readonly chain: readonly StageDescription[]
}

/** What `describe` returns; as text it is for a person to read. */
export interface ClientDescription {
  /** The service's name. */
  readonly client: string
  readonly methods: readonly MethodDescription[]
  toString(): string
}

export interface Described {
  readonly contract: MethodContract
  readonly policies: ResolvedPolicies
  readonly interceptors: readonly Interceptor[]
  readonly fallback: boolean
}

export function describeClient(client: string, methods: readonly Described[]): ClientDescription {
  const described = methods.map(describeMethod)
  return {
    client,
    methods: described,
    toString: () => [`client ${client}`, ...described.map(asText)].join('\n'),
  }
}

function describeMethod({ contract, policies, interceptors, fallback }: Described): MethodDescription {
  const { timeout, retry, circuitBreaker, bulkhead } = policies
  const stages: (StageDescription | undefined)[] = [
    fallback ? stage('fallback', {}) : undefined,
    stage('total timeout', { ms: timeout.total }),
    retry && stage('retry', retry),
    circuitBreaker && stage('circuit breaker', circuitBreaker),
    bulkhead && stage('bulkhead', bulkhead),
    stage('attempt timeout', { ms: timeout.attempt }),
    interceptors.length > 0
      ? stage('interceptors', { count: { value: interceptors.length, from: 'guise' } })
      : undefined,
    stage('transport', { connect: timeout.connect }),
    stage('decode', {}),
  ]
  return {
    method: contract.id,
    route: `${contract.verb} ${contract.template === '' ? '/' : contract.template}`,
    chain: stages.filter(one => one !== undefined),
  }
}

function stage(policy: string, settings: object): StageDescription {
  const entries = Object.entries(settings as Record<string, Setting>).filter(
    ([, { value }]) => value !== undefined,
  )
  return { policy, settings: Object.fromEntries(entries) }
}

function asText({ method, route, chain }: MethodDescription): string {
  const lines = chain.map(({ policy, settings }) => {
    const values = Object.entries(settings).map(
      ([name, { value, from }]) => `${name} ${JSON.stringify(value)} (${from})`,
    )
    return `    ${policy}${values.length === 0 ? '' : `: ${values.join(', ')}`}`
  })
  return [`  ${method}  ${route}`, ...lines].join('\n')
}
