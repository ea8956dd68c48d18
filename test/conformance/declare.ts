/** Declares a class while the test runs, by guise's own decorators, and calls it through a client that sends nothing. */
import {
  ArgumentError,
  contractOf,
  createClient,
  DeclarationError,
  Headers,
  Http,
  type MethodContract,
  Responses,
  type ResponseTable,
} from 'guise'
import { type MockAnswer, mockTransport } from 'guise/testing'
import { type Sent, sentOf } from './sent.js'

type Method = (...args: never[]) => Promise<unknown>
type Client = Record<string, Method>
type Decorator = (target: Client, key: string, index: number) => void

/** A parameter, and the argument of the call. */
export interface Parameter {
  /** `undefined`: the parameter has no decorator. */
  readonly decorator: Decorator | undefined
  readonly argument: unknown
}

export interface Route {
  readonly name?: string
  /** `undefined`: the method has no route. */
  readonly verb: string | undefined
  readonly template?: string
  /** Several only where a declaration says a header twice. */
  readonly headers?: readonly HeaderRecord[]
  readonly responses?: ResponseTable
  readonly parameters?: readonly Parameter[]
}

export type HeaderRecord = Readonly<Record<string, string>>

export interface Declaration extends Route {
  readonly typeName?: string
  readonly baseHeaders?: readonly HeaderRecord[]
  readonly typeHeaders?: readonly HeaderRecord[]
  readonly typeResponses?: ResponseTable
  /** The client's base URL. */
  readonly url?: string
  readonly allowOrigins?: readonly string[]
  /** Whether a failure that may be repeated is repeated, once and at once. */
  readonly retry?: boolean
}

/** Guise refused the declaration, or the argument, and nothing was sent. */
export interface Refused {
  readonly refusal: DeclarationError | ArgumentError
}

/** A request left. */
export interface Called {
  readonly refusal?: undefined
  readonly contract: MethodContract
  readonly request: Sent
  /** How many requests left. */
  readonly attempts: number
  /** What the call rejected with. */
  readonly error: unknown
}

export const ORIGIN = 'http://example.com'

/** Makes a client of the declaration and calls its route once. */
export async function call(declaration: Declaration, answer: MockAnswer = {}): Promise<Called | Refused> {
  const { name = 'call', parameters = [], url = ORIGIN, allowOrigins = [] } = declaration
  const retry = declaration.retry === true && { retries: 1, minDelay: 1, maxDelay: 1 }
  const transport = mockTransport(answer)
  const Class = classOf(declaration)
  let error: unknown
  try {
    const client = createClient(Class, { url, allowOrigins, transport, retry })
    const route = client[name] as (...args: unknown[]) => Promise<unknown>
    await route(...parameters.map(({ argument }) => argument))
  } catch (thrown) {
    error = thrown
  }
  const [request] = transport.requests
  if (error instanceof DeclarationError || error instanceof ArgumentError) {
    if (request !== undefined) throw new Error('guise refused the call, but a request had left')
    return { refusal: error }
  }
  if (request === undefined) throw error ?? new Error('nothing was sent')
  const contract = contractOf(Class).methods[name]
  if (contract === undefined) throw new Error(`the contract has no ${name}`)
  return { contract, request: await sentOf(request.raw), attempts: transport.requests.length, error }
}

/** The call, where the case expects a request. */
export async function accepted(declaration: Declaration, answer?: MockAnswer): Promise<Called> {
  const outcome = await call(declaration, answer)
  if (outcome.refusal !== undefined) throw new Error(`guise refuses it: ${outcome.refusal.message}`)
  return outcome
}

function classOf(declaration: Declaration): new () => Client {
  const { typeName = 'Service', baseHeaders = [], typeHeaders = [], typeResponses } = declaration
  const Base = class {} as unknown as new () => Client
  const Class = class extends Base {}
  Object.defineProperty(Class, 'name', { value: typeName })
  for (const record of baseHeaders) Headers(record)(Base)
  for (const record of typeHeaders) Headers(record)(Class)
  if (typeResponses !== undefined) apply(typeResponses)(Class)
  addRoute(Class.prototype as Client, declaration)
  return Class
}

function addRoute(prototype: Client, { name = 'call', verb, template = '', ...rest }: Route): void {
  const { headers = [], responses, parameters = [] } = rest
  const method: Method = () => Promise.reject(new Error('the declared method itself was called'))
  // The length is how guise sees a parameter without a decorator.
  Object.defineProperty(method, 'length', { value: parameters.length })
  Object.defineProperty(prototype, name, { value: method, writable: true, configurable: true })
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name)
  if (verb !== undefined) Http(verb, template)(prototype, name, descriptor)
  for (const record of headers) Headers(record)(prototype, name, descriptor)
  if (responses !== undefined) apply(responses)(prototype, name)
  for (const [index, { decorator }] of parameters.entries()) decorator?.(prototype, name, index)
}

/** A table made at run time has no literal types for the compiler to check. */
const apply = Responses as unknown as (table: ResponseTable) => (target: object, key?: string) => void
