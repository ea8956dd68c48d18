/** Merges what the classes of a chain say: headers by name, response tables by key, the nearest name and path. */
import { type ClassRecord, classRecord } from '../declare/records.js'
import type { EntryRecord, StatusKey } from '../declare/response.js'
import { type Layer, type PolicyOptions, policyMistakes } from '../policy/settings.js'
import type { HeaderContract, Note, ServiceClass } from './contract.js'
import { headerNameMistake, headerOf, headerValueMistake, headerVariables, isMediaType } from './headers.js'
import { entriesOf } from './responses.js'

/** Characters that some parser on the way may take for others: a backslash for a slash, or nothing at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it looks for
const HIDDEN = /[\\\x00-\x1f\x7f]/

/** A class's name, or words for one that has none. */
export const classNameOf = (Class: ServiceClass): string => Class.name || 'anonymous class'

/** What the classes of a chain say together. */
export interface Merged {
  readonly name: string
  readonly path: string
  readonly headers: ReadonlyMap<string, HeaderContract>
  readonly responses: ReadonlyMap<StatusKey, readonly EntryRecord[]>
  readonly policies: readonly Layer[]
}

/** What the classes say together: name and path of the nearest that has any, headers and tables key by key. */
export function mergeClasses(chain: readonly ServiceClass[], className: string, note: Note): Merged {
  let name = className
  let path = ''
  let headers = new Map<string, HeaderContract>()
  let responses = new Map<StatusKey, readonly EntryRecord[]>()
  const policies: Layer[] = []
  for (const Class of chain) {
    const record = classRecord(Class)
    const where = classNameOf(Class)
    checkOnce(record, where, note)
    for (const client of record.clients) {
      name = client.name ?? name
      if (client.path === undefined) continue
      path = checkPath(client.path, 'the path of @Client', where, note)
      if (/[?#]|\{&/.test(path)) note('the path of @Client must not hold a query or a fragment', where)
    }
    headers = mergeHeaders(headers, record.headers, where, note)
    policies.push(...layersOf('class', record.policies, where, note))
    for (const table of record.responses) {
      const entries = entriesOf(table, rule => note(rule, where))
      for (const [key, records] of entries) {
        if (records.some(entry => entry.kind !== 'throws')) {
          note(`the response table of a class may only hold throws(...); see ${key}`, where)
        }
      }
      responses = new Map([...responses, ...entries])
    }
  }
  return { name, path, headers, responses, policies }
}

function checkOnce(record: ClassRecord, where: string, note: Note): void {
  if (record.clients.length > 1) note('@Client stands twice on the class', where)
  if (record.headers.length > 1) note('@Headers stands twice on the class; write one', where)
  if (record.responses.length > 1) note('@Responses stands twice on the class; write one', where)
  for (const name of new Set(record.statics)) note('a static member cannot be a route', `${where}.${name}`)
}

/** Headers by their names in lower case; a declared one replaces an inherited one. */
export function mergeHeaders(
  inherited: ReadonlyMap<string, HeaderContract>,
  declared: readonly Readonly<Record<string, unknown>>[],
  where: string,
  note: Note,
): Map<string, HeaderContract> {
  const headers = new Map(inherited)
  for (const record of declared) {
    const seen = new Set<string>()
    if (Object.keys(record).length === 0) note('@Headers is empty', where)
    for (const [name, value] of Object.entries(record)) {
      const lower = name.toLowerCase()
      const mistake = headerNameMistake(name) ?? declaredValueMistake(lower, value)
      if (mistake !== undefined) note(mistake, where)
      else if (seen.has(lower)) note(`the header ${lower} stands twice in @Headers`, where)
      else headers.set(lower, headerOf(name, String(value)))
      seen.add(lower)
    }
  }
  return headers
}

function declaredValueMistake(name: string, value: unknown): string | undefined {
  const what = `the value of the header ${name}`
  if (typeof value !== 'string') return `${what} must be a string`
  const mistake = headerValueMistake(value)
  if (mistake !== undefined) return `${what} ${mistake}`
  const fixed = headerVariables(headerOf(name, value)).length === 0
  return name === 'content-type' && fixed && !isMediaType(value) ? `${what} is no media type` : undefined
}

/** Checks a path or a template, and returns it; an empty one if it is no string. */
export function checkPath(path: unknown, what: string, where: string, note: Note): string {
  if (typeof path !== 'string') {
    note(`${what} must be a string`, where)
    return ''
  }
  if (path !== '' && !/^[/?#{]/.test(path)) {
    const absolute = /^[a-z][a-z\d+.-]*:/i.test(path)
    note(
      absolute
        ? `${what} must not be an absolute URL; give that to createClient as url`
        : `${what} must be empty or begin with /, ?, # or {`,
      where,
    )
  }
  const [withoutQuery = ''] = path.split(/[?#]/)
  if (HIDDEN.test(path) || withoutQuery.startsWith('//')) {
    note(`${what} must not hold a backslash or a control character, nor begin with //`, where)
  }
  if (/(^|\/)(\.|%2e){1,2}(?=\/|$)/i.test(withoutQuery))
    note(`${what} must not hold a . or .. segment`, where)
  if (/%(?![\da-f]{2})/i.test(path.replace(/\{[^}]*\}/g, '')))
    note(`${what} must not hold a % that two hexadecimal digits do not follow; write %25`, where)
  return path
}

/** What decorators said of policies, each checked. */
export function layersOf(
  from: 'class' | 'method',
  declared: readonly PolicyOptions[],
  where: string,
  note: Note,
): Layer[] {
  const seen = new Set<string>()
  for (const options of declared) {
    for (const [key, value] of Object.entries(options)) {
      for (const mistake of policyMistakes(key as keyof PolicyOptions, value)) note(mistake, where)
      if (seen.has(key)) note(`@${key.charAt(0).toUpperCase()}${key.slice(1)} stands twice`, where)
      seen.add(key)
    }
  }
  return declared.map(options => Object.freeze({ from, options: frozenCopy(options) }))
}

/** The developer may go on with the object that was handed to a decorator. */
function frozenCopy<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return Object.freeze(value.map(frozenCopy)) as T
  const entries = Object.entries(value).map(([name, member]) => [name, frozenCopy(member)])
  return Object.freeze(Object.fromEntries(entries)) as T
}
