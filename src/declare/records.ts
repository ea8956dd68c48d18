/**
 * What the decorators were told, written down: one frozen record for each class and each method, kept by
 * reflect-metadata on the class that was decorated and on no other. A record is never changed; a decorator puts another
 * in its place.
 */
import 'reflect-metadata'
import type { PolicyOptions } from '../policy/settings.js'
import type { ResponseTable } from './response.js'

/** A binding of one parameter: which decorator, and what it was told. */
export type Binding =
  | { readonly kind: 'param'; readonly name: string; readonly encoded: boolean }
  | { readonly kind: 'query'; readonly name: string; readonly style: QueryStyle; readonly default: unknown }
  | { readonly kind: 'query-map' }
  | { readonly kind: 'header'; readonly name: string }
  | { readonly kind: 'header-map' }
  | { readonly kind: 'cookie'; readonly name: string }
  | { readonly kind: 'bearer' }
  | { readonly kind: 'body'; readonly schema: unknown; readonly type: string | undefined }
  | { readonly kind: 'field'; readonly name: string; readonly style: QueryStyle }
  | { readonly kind: 'field-map' }
  | {
      readonly kind: 'part'
      readonly name: string
      readonly filename: string | undefined
      readonly type: string | undefined
    }
  | { readonly kind: 'part-map' }
  | { readonly kind: 'url' }
  | { readonly kind: 'idempotency-key' }
  | { readonly kind: 'call' }

/** How a list or an object is written in a query. */
export type QueryStyle = 'repeat' | 'csv' | 'ssv' | 'pipes' | 'brackets' | 'deepObject'

export interface ParameterRecord {
  /** Counted from 0. */
  readonly index: number
  /** The decorator as a person writes it, for messages: `@Param('memberId')`. */
  readonly label: string
  readonly binding: Binding
}

export interface RouteRecord {
  readonly verb: string
  readonly template: string
}

/** All that was said of one method; lists, so that a thing said twice can be seen and refused. */
export interface MethodRecord {
  readonly routes: readonly RouteRecord[]
  readonly headers: readonly Readonly<Record<string, unknown>>[]
  readonly responses: readonly ResponseTable[]
  readonly parameters: readonly ParameterRecord[]
  readonly policies: readonly PolicyOptions[]
  /** `@Idempotent()` stands on the method. */
  readonly idempotent: readonly true[]
}

/** All that was said of one class. */
export interface ClassRecord {
  readonly clients: readonly { readonly name?: string | undefined; readonly path?: string | undefined }[]
  readonly headers: readonly Readonly<Record<string, unknown>>[]
  readonly responses: readonly ResponseTable[]
  readonly policies: readonly PolicyOptions[]
  /** Names of static members that carry decorators: a mistake. */
  readonly statics: readonly string[]
}

const CLASS = Symbol('guise:class')
const METHODS = Symbol('guise:methods')

const NO_CLASS: ClassRecord = Object.freeze({
  clients: [],
  headers: [],
  responses: [],
  policies: [],
  statics: [],
})
const NO_METHOD: MethodRecord = Object.freeze({
  routes: [],
  headers: [],
  responses: [],
  parameters: [],
  policies: [],
  idempotent: [],
})

type Methods = ReadonlyMap<string | symbol, MethodRecord>

/** The class's own record, without its parents'. */
export function classRecord(Class: object): ClassRecord {
  return (Reflect.getOwnMetadata(CLASS, Class) as ClassRecord | undefined) ?? NO_CLASS
}

/** The prototype's own methods that carry a decorator, in the order of their first one. */
export function methodRecords(prototype: object): Methods {
  return (Reflect.getOwnMetadata(METHODS, prototype) as Methods | undefined) ?? new Map()
}

export function addToClass<K extends keyof ClassRecord>(
  Class: object,
  key: K,
  item: ClassRecord[K][number],
): void {
  const record = classRecord(Class)
  Reflect.defineMetadata(
    CLASS,
    Object.freeze({ ...record, [key]: Object.freeze([...record[key], item]) }),
    Class,
  )
}

export function addToMethod<K extends keyof MethodRecord>(
  target: object,
  name: string | symbol,
  key: K,
  item: MethodRecord[K][number],
): void {
  if (typeof target === 'function') {
    addToClass(target, 'statics', String(name))
    return
  }
  const methods = ownMethods(target)
  const record = methods.get(name) ?? NO_METHOD
  methods.set(name, Object.freeze({ ...record, [key]: Object.freeze([...record[key], item]) }))
}

/** One map for all decorators of a class: a copy for each would make the time grow with the square of the methods. */
function ownMethods(prototype: object): Map<string | symbol, MethodRecord> {
  let methods = Reflect.getOwnMetadata(METHODS, prototype) as Map<string | symbol, MethodRecord> | undefined
  if (methods === undefined) {
    methods = new Map()
    Reflect.defineMetadata(METHODS, methods, prototype)
  }
  return methods
}
