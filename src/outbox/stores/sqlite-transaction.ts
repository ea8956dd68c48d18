/** What all SQLite drivers know of transactions: to begin one, and what it says if one is open already. */
import type { SqliteDatabase } from './sqlite-driver.js'
import { isNested } from './sqlite-error.js'

/** Rolls back where that is possible: some errors have done so already. */
export function undo(db: SqliteDatabase, how: string): void {
  try {
    db.exec(how)
  } catch {}
}

/** Each driver has another name for it, but none begins a second one. A deferred one takes no lock. */
export function isInTransaction(db: SqliteDatabase): boolean {
  try {
    db.exec('begin')
  } catch (error) {
    if (isNested(error)) return true
    throw error
  }
  db.exec('rollback')
  return false
}
