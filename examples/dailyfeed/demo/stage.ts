// Where the demo happens: makes real calls, prints what came of each, and notes every claim that did not hold.
import { inspect } from 'node:util'
import { DecodeError, GuiseError, HttpError, ResponseValidationError } from 'guise'
import type { Fault, HealthRoute, ReceivedRequest, Service } from '../services/index.js'
import type { Paint } from './paint.js'

type ErrorClass = new (...args: never[]) => Error

export interface Scene<T, R extends string> {
  readonly service: Service<R>
  readonly call: () => Promise<T>
  /** The status that the service shall send; null if it shall send none. Default: 200. */
  readonly wire?: number | null
  /** What the caller shall get: an error of this class (the class itself), or a value that passes. */
  readonly gets: { readonly error: ErrorClass; readonly status?: number } | ((value: T) => boolean)
  /** Makes the service misbehave for as long as the call takes. */
  readonly fault?: readonly [route: R | HealthRoute, fault: Fault]
}

/** What came of a call, for further claims. */
export interface Outcome<T> {
  readonly value: T | undefined
  readonly error: unknown
  readonly requests: readonly ReceivedRequest[]
}

const VALUE_WIDTH = 64

export class Stage {
  /** The claims that did not hold. */
  readonly broken: string[] = []
  /** Every line so far. */
  readonly printed: string[] = []
  /** Every error that a call has ended with so far. */
  readonly errors: unknown[] = []
  readonly #write: (line: string) => void
  readonly #paint: Paint
  #scene = ''

  constructor(write: (line: string) => void, paint: Paint) {
    this.#write = line => {
      this.printed.push(line)
      write(line)
    }
    this.#paint = paint
  }

  heading(title: string, ...sentences: readonly string[]): void {
    this.#scene = title
    this.#write(`\n${this.#paint.bold(title)}`)
    for (const sentence of sentences) this.#write(`  ${sentence}`)
  }

  /** One line for each call: what was asked, what the wire said, what the caller got. */
  async call<T, R extends string>(scene: Scene<T, R>): Promise<Outcome<T>> {
    const { service, wire = 200, gets, fault } = scene
    const before = service.received.length
    const lift = fault && service.fault(fault[0], { times: 'always', ...fault[1] })
    const { value, error } = await settled(scene.call)
    lift?.()
    if (error !== undefined) this.errors.push(error)
    const requests = service.received.slice(before)
    const last = requests.at(-1)
    const wanted = error === undefined ? passes(gets, value) : fits(gets, error)
    const honest = !(error instanceof GuiseError) || error.attempts === requests.length
    const asked = `${service.name.padEnd(8)} ${last ? `${last.method} ${target(last)}` : 'nothing was sent'}`
    const answered = last ? `wire: ${statuses(requests)}${contentType(error)}` : ''
    const got = `caller got: ${error === undefined ? short(value) : named(error)}`
    const line = `${asked.padEnd(57)} ${answered.padEnd(29)} ${got}`
    this.#say(line, wanted && honest && (last?.status ?? null) === wire)
    return { value, error, requests }
  }

  /** A sentence that must hold. */
  claim(sentence: string, holds: boolean): void {
    this.#say(sentence, holds)
  }

  #say(line: string, holds: boolean): void {
    const { good, bad } = this.#paint
    this.#write(`  ${holds ? good('✓') : bad('✗')} ${line}`)
    if (!holds) this.broken.push(`${this.#scene}: ${line}`)
  }
}

async function settled<T>(call: () => Promise<T>): Promise<{ value?: T; error?: unknown }> {
  try {
    return { value: await call() }
  } catch (error) {
    return { error }
  }
}

function passes<T>(gets: Scene<T, string>['gets'], value: T | undefined): boolean {
  return typeof gets === 'function' && gets(value as T)
}

/** The class itself and not a subclass, and the status if one is wanted. */
function fits<T>(gets: Scene<T, string>['gets'], error: unknown): boolean {
  if (typeof gets === 'function' || !(error instanceof gets.error)) return false
  if (error.constructor !== gets.error) return false
  return gets.status === undefined || (isAnswer(error) && error.status === gets.status)
}

/** The errors that hold a response. */
export function isAnswer(error: unknown): error is HttpError | DecodeError | ResponseValidationError {
  return [HttpError, DecodeError, ResponseValidationError].some(Class => error instanceof Class)
}

const target = ({ path, query }: ReceivedRequest) => (query === '' ? path : `${path}?${query}`)

/** The status of each attempt, as `503 x3` where they were all the same. */
function statuses(requests: readonly ReceivedRequest[]): string {
  const all = requests.map(({ status }) => status ?? 'no answer')
  return new Set(all).size === 1 && all.length > 1 ? `${all[0]} x${all.length}` : all.join(', ')
}

/** Only errors know it: a value has left the response behind. */
function contentType(error: unknown): string {
  if (!isAnswer(error)) return ''
  const type = error.headers.get('content-type')?.split(';')[0]
  return ` ${type ?? (error.text === '' ? '(no body)' : '(no type)')}`
}

function named(error: unknown): string {
  if (!(error instanceof GuiseError)) return String(error)
  const name = error.constructor.name
  const what = isAnswer(error) ? `${name} (${error.status})` : name
  return `${what}, attempts ${error.attempts}`
}

/** A value in one line, whole. */
export function print(value: unknown): string {
  return inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true, depth: 4 })
}

function short(value: unknown): string {
  const text = print(value)
  return text.length > VALUE_WIDTH ? `${text.slice(0, VALUE_WIDTH - 1)}…` : text
}
