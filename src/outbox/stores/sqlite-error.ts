/** Says in one sentence why SQLite could not do what the outbox asked of it. */
import { StoreError } from '../../errors/outbox-errors.js'

interface Known {
  readonly code: string
  readonly why: string
  /** Nothing that the file says can be relied on any more. */
  readonly broken?: true
}

/** By SQLite's primary result codes. */
const CODES: Readonly<Record<number, Known>> = {
  5: { code: 'SQLITE_BUSY', why: 'the database is locked by another process or handle; try again' },
  6: { code: 'SQLITE_LOCKED', why: 'the database is locked by another statement; try again' },
  8: {
    code: 'SQLITE_READONLY',
    why: 'the database is read-only; let this process write to the file and its directory',
  },
  10: { code: 'SQLITE_IOERR', why: 'the disk failed; mend it, then make a new store', broken: true },
  11: { code: 'SQLITE_CORRUPT', why: 'the database is damaged; restore it from a backup', broken: true },
  13: { code: 'SQLITE_FULL', why: 'the disk or the database is full; make room' },
  14: {
    code: 'SQLITE_CANTOPEN',
    why: 'the file cannot be opened; is its directory there, and may this process write to it?',
  },
  19: { code: 'SQLITE_CONSTRAINT', why: 'the change would break a rule of the outbox tables' },
  26: { code: 'SQLITE_NOTADB', why: 'the file is not an SQLite database', broken: true },
}
const BY_NAME = new Map(Object.values(CODES).map(known => [known.code, known]))

/** What is known of a driver's error; `undefined` for one that is not SQLite's. */
export function knownOf(error: unknown): Known | undefined {
  if (!(error instanceof Error)) return undefined
  const { code, errcode } = error as { readonly code?: unknown; readonly errcode?: unknown }
  // node:sqlite gives the number, extended; better-sqlite3 and libsql the name: SQLITE_IOERR_FSYNC.
  if (typeof errcode === 'number') return CODES[errcode & 0xff]
  if (typeof code !== 'string') return undefined
  return BY_NAME.get(code) ?? BY_NAME.get(code.split('_', 2).join('_'))
}

/** The error of an operation that changed nothing. */
export function explain(operation: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const known = knownOf(error)
  const told =
    known !== undefined
      ? `${known.why} (${known.code})`
      : isNested(error)
        ? 'the handle is inside a transaction; hand it in as the transaction, or give the store a handle of its own'
        : 'the driver failed; its error is the cause'
  return new StoreError(`${operation}: ${told}; nothing was changed`, { cause: error })
}

/** Whether a `begin` failed because a transaction is open already. */
export const isNested = (error: unknown) =>
  error instanceof Error && error.message.includes('within a transaction')
