/** Response tables: checked, merged, looked up. */
import { type EntryRecord, type ResponseTable, recordOf, type StatusKey } from '../declare/response.js'
import { isSchema } from '../schema/standard.js'

type Entries = ReadonlyMap<StatusKey, readonly EntryRecord[]>

const CLASSES = new Set(['2xx', '3xx', '4xx', '5xx'])

/** A table whose entries are lists of records; each mistake is told to `mistake`. */
export function entriesOf(
  table: ResponseTable,
  mistake: (rule: string) => void,
): Map<StatusKey, readonly EntryRecord[]> {
  const entries = new Map<StatusKey, readonly EntryRecord[]>()
  for (const [name, value] of Object.entries(table)) {
    const key = statusKey(name)
    if (key === undefined) {
      mistake(
        `'${name}' is no key of a response table: use a status from 200 to 599, '2xx' to '5xx' or 'default'`,
      )
      continue
    }
    const list: unknown[] = Array.isArray(value) ? value : [value]
    const records = list.map(recordOf)
    if (records.length === 0) mistake(`the list at ${name} of the response table is empty`)
    if (records.some(record => record === undefined)) {
      mistake(
        `the entry at ${name} of the response table is neither a schema nor returns, throws, reply, text, ...`,
      )
    } else if (records.some(holdsNoSchema)) {
      mistake(
        `the entry at ${name} of the response table holds a schema that is none; it must implement Standard Schema, as zod does`,
      )
    } else if (records.length > 1 && records.slice(0, -1).some(takesAll)) {
      mistake(
        `an entry in the list at ${name} of the response table takes every body, so those after it are never reached`,
      )
    } else if (records.length > 1 && records.some(streams)) {
      mistake(`a stream cannot be tried: the list at ${name} of the response table must not hold stream()`)
    } else entries.set(key, Object.freeze(records.map(frozen)))
  }
  return entries
}

/** Ours, and so frozen; the schemas and values in it are the developer's and stay as they are. */
function frozen(record: EntryRecord | undefined): EntryRecord {
  if (record?.kind === 'reply') frozen(record.body)
  return Object.freeze(record) as EntryRecord
}

/** A Map cannot be frozen; what changes it is taken away. */
export function frozenTable(entries: Map<StatusKey, readonly EntryRecord[]>): Entries {
  const refuse = () => {
    throw new TypeError('a contract cannot be changed')
  }
  for (const name of ['set', 'delete', 'clear']) Object.defineProperty(entries, name, { value: refuse })
  return Object.freeze(entries)
}

function takesAll(record: EntryRecord | undefined): boolean {
  switch (record?.kind) {
    case undefined:
    case 'schema':
      return false
    case 'throws':
      return record.schema === undefined
    case 'reply':
      return record.headers === undefined && takesAll(record.body)
    default:
      return true
  }
}

const streams = (record: EntryRecord | undefined): boolean =>
  record?.kind === 'stream' || (record?.kind === 'reply' && streams(record.body))

/** The schemas that an entry holds besides itself are there as they were given. */
function holdsNoSchema(record: EntryRecord | undefined): boolean {
  if (record?.kind === 'schema') return !isSchema(record.schema)
  if (record?.kind === 'reply')
    return holdsNoSchema(record.body) || (record.headers !== undefined && !isSchema(record.headers))
  return record?.kind === 'throws' && record.schema !== undefined && !isSchema(record.schema)
}

function statusKey(name: string): StatusKey | undefined {
  if (name === 'default' || CLASSES.has(name)) return name as StatusKey
  return /^[2-5]\d\d$/.test(name) ? Number(name) : undefined
}

/** Whether a table says what a success is: then a 2xx status that it does not name is unexpected. */
export function namesSuccess(entries: Entries): boolean {
  for (const [key, records] of entries) {
    const success = key === 'default' || key === '2xx' || (typeof key === 'number' && key < 300)
    if (success && records.some(record => record.kind !== 'throws')) return true
  }
  return false
}

/**
 * The entries for a status: the exact key, then the class of statuses, then `default`. `undefined`: the status is
 * not covered. A `default` that only throws does not speak of success where the table names none.
 */
export function entriesFor(entries: Entries, status: number): readonly EntryRecord[] | undefined {
  const named = entries.get(status) ?? entries.get(`${Math.floor(status / 100)}xx` as StatusKey)
  if (named !== undefined) return named
  const rest = entries.get('default')
  if (rest === undefined) return undefined
  // A status outside of HTTP's range is never a success (RFC 9110, section 15).
  if (status < 100 || status > 599) return rest.every(record => record.kind === 'throws') ? rest : undefined
  return status >= 200 && status < 300 && !namesSuccess(entries) ? undefined : rest
}
