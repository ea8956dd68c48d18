/** The decorators of classes and methods: client, routes, headers, response tables. */
import { DeclarationError } from '../errors/index.js'
import type { Fits, MemberOf, RemoteMethod, ResultOf } from './checks.js'
import { addToClass, addToMethod } from './records.js'
import type { CheckedTable, OutputOfTable, ResponseTable, StatusKey } from './response.js'

/** What `@Client` takes. */
export interface ClientDeclaration {
  /** The service's name, for errors and logs; the class's name if left out. */
  readonly name?: string
  /** Put in front of each route's template; a template itself. */
  readonly path?: string
}

type AnyClass = abstract new (...args: never[]) => object

/**
 * Declares a class to be the client of a service. It may be left out where neither name nor path is needed.
 *
 * @example
 * @Client({ name: 'member', path: '/api/members' })
 * export class MemberClient {}
 */
export function Client(declaration: ClientDeclaration = {}): (target: AnyClass) => void {
  return target => addToClass(target, 'clients', Object.freeze({ ...declaration }))
}

/** A decorator of a method, or of a property that holds a function type. */
export type RouteDecorator = <T extends object, K extends PropertyKey>(
  target: T &
    Fits<K, keyof T, 'A route must be public'> &
    Fits<MemberOf<T, K>, RemoteMethod, 'A route must be a method that returns a Promise'>,
  key: K,
  descriptor?: PropertyDescriptor,
) => void

/**
 * Makes a method a route of any verb.
 *
 * @param verb the HTTP method: upper-case letters, as `QUERY` (RFC 9110, section 9.1).
 * @param template an RFC 6570 template, appended to the class's path; it begins with `/`, `?`, `#` or `{` or is empty.
 *
 * @example
 * @Http('QUERY', '/search')
 * search(@Body(Search) search: Search): Promise<Hit[]> { return remote(search) }
 */
export function Http(verb: string, template = ''): RouteDecorator {
  return (target, key) =>
    addToMethod(target, key as string | symbol, 'routes', Object.freeze({ verb, template }))
}

/** Makes a method a GET route. `template`: RFC 6570, appended to the class's path. */
export const Get = (template = ''): RouteDecorator => Http('GET', template)
/** Makes a method a POST route. `template`: RFC 6570, appended to the class's path. */
export const Post = (template = ''): RouteDecorator => Http('POST', template)
/** Makes a method a PUT route. `template`: RFC 6570, appended to the class's path. */
export const Put = (template = ''): RouteDecorator => Http('PUT', template)
/** Makes a method a PATCH route. `template`: RFC 6570, appended to the class's path. */
export const Patch = (template = ''): RouteDecorator => Http('PATCH', template)
/** Makes a method a DELETE route. `template`: RFC 6570, appended to the class's path. */
export const Delete = (template = ''): RouteDecorator => Http('DELETE', template)
/** Makes a method a HEAD route. `template`: RFC 6570, appended to the class's path. */
export const Head = (template = ''): RouteDecorator => Http('HEAD', template)
/** Makes a method an OPTIONS route. `template`: RFC 6570, appended to the class's path. */
export const Options = (template = ''): RouteDecorator => Http('OPTIONS', template)

/** A decorator of a class or of a method. */
export interface ClassOrMethodDecorator {
  (target: AnyClass): void
  (target: object, key: PropertyKey, descriptor?: PropertyDescriptor): void
}

/**
 * Request headers of all routes of a class, or of one. A value may hold variables, which `@Param` binds; a header
 * whose variable is `undefined` is not sent. The method's value replaces the class's, whatever the name's case.
 *
 * @example
 * @Headers({ accept: 'application/json', authorization: 'Bearer {token}' })
 */
export function Headers(headers: Readonly<Record<string, string>>): ClassOrMethodDecorator {
  return (target: object, key?: PropertyKey) => write(target, key, 'headers', Object.freeze({ ...headers }))
}

/** A decorator that checks a response table against the method that it stands on. */
export interface ResponsesDecorator<R> {
  <C extends AnyClass>(
    target: C & Fits<OutputOfTable<R>, never, 'On a class, a response table may only hold throws(...)'>,
  ): void
  <T extends object, K extends PropertyKey>(
    target: T &
      Fits<
        OutputOfTable<R>,
        ResultOf<MemberOf<T, K>>,
        'The method must be able to return all that its response table resolves to'
      >,
    key: K,
    descriptor?: PropertyDescriptor,
  ): void
}

/**
 * What each status of a response means for the call. Keys: a status, `'2xx'` to `'5xx'`, `'default'`; the exact key
 * wins over the class of statuses, that over `default`; for the same key the method's table wins over the class's.
 * A status that no key covers rejects with `HttpError`.
 *
 * @example
 * @Responses({ 200: Member, 404: returns(null), '5xx': throws(MemberDown) })
 * byId(@Param('id') id: number): Promise<Member | null> { return remote(id) }
 */
export function Responses<const R extends { readonly [K in StatusKey]?: unknown }>(
  table: CheckedTable<R>,
): ResponsesDecorator<R> {
  const frozen = Object.freeze({ ...(table as object as ResponseTable) })
  return (target: object, key?: PropertyKey) => write(target, key, 'responses', frozen)
}

function write<K extends 'headers' | 'responses'>(
  target: object,
  name: PropertyKey | undefined,
  key: K,
  item: K extends 'headers' ? Readonly<Record<string, unknown>> : ResponseTable,
): void {
  if (name === undefined) addToClass(target, key, item as ResponseTable)
  else addToMethod(target, name as string | symbol, key, item as ResponseTable)
}

/**
 * The body of a declared method: its arguments stand here only so that the compiler sees them used. If it is ever
 * reached, the class was used without a guise, and it throws.
 *
 * @example
 * byId(@Param('id') id: number): Promise<Member> { return remote(id) }
 */
export function remote(..._args: unknown[]): never {
  throw new DeclarationError('This call', [
    {
      rule: 'a declared method has no behaviour of its own; make a client with createClient(Class, { url }) and call that',
      where: 'the method whose body is remote(...); the stack names it',
    },
  ])
}
