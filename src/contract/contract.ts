/** What a declared class says, read whole, merged along its class chain and checked: all guises are made from this. */
import type { Binding } from '../declare/records.js'
import type { EntryRecord, StatusKey } from '../declare/response.js'
import type { Layer } from '../policy/settings.js'
import type { Part } from '../template/parse.js'

/** A class that can be declared a service. */
export type ServiceClass<T extends object = object> = abstract new (...args: never[]) => T

/** Notes a mistake at a place: the class, or `Class.method`, or `Class.method, parameter 1`. */
export type Note = (rule: string, where: string) => void

/** The frozen description of a declared class. */
export interface ServiceContract {
  /** The declared class. */
  readonly Class: ServiceClass
  /** The service's name, for errors and logs. */
  readonly name: string
  readonly path: string
  /** The routes by the names of their methods, a parent's first; no prototype. */
  readonly methods: Readonly<Record<string, MethodContract>>
}

/** The frozen description of one route. */
export interface MethodContract {
  /** The method's name: `byId`. */
  readonly name: string
  /** Class and method: `MemberClient.byId`. */
  readonly id: string
  /** The service's name. */
  readonly client: string
  /** The HTTP verb: `GET`. */
  readonly verb: string
  /** The class's path and the method's template: `/api/members/{memberId}{?page}`. */
  readonly template: string
  readonly route: Route
  /** In the order of their indices. */
  readonly parameters: readonly ParameterContract[]
  /** Class and method merged; names in lower case. */
  readonly headers: readonly HeaderContract[]
  readonly body: 'none' | 'single' | 'form' | 'multipart'
  /** Class and method merged. */
  readonly responses: ReadonlyMap<StatusKey, readonly EntryRecord[]>
  /** The policies that decorators set, the farther first. */
  readonly policies: readonly Layer[]
  /** Each call gets an idempotency key of its own. */
  readonly idempotent: boolean
}

export interface ParameterContract {
  /** Counted from 0. */
  readonly index: number
  /** The decorator as a person writes it: `@Param('memberId')`. */
  readonly label: string
  readonly binding: Binding
}

/** A header whose value may hold variables. */
export interface HeaderContract {
  readonly name: string
  /** Literal text and variables in turn. */
  readonly value: readonly (string | { readonly variable: string })[]
}

/** A template taken apart where its query begins. A fragment is never sent (RFC 9110, section 4.2.5) and left out. */
export interface Route {
  readonly path: readonly Part[]
  /** What stands between the `&`s, in order. */
  readonly query: readonly QueryItem[]
}

/** A literal `name=value`, possibly with variables, or an expression that writes its names itself: `{?page,size}`. */
export interface QueryItem {
  readonly parts: readonly Part[]
  readonly named: boolean
}
