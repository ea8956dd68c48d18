/** What the commands of `guise` touch of the world, so that tests can give their own. */
import type { OutboxStore } from '../outbox/store.js'

/** A store that the command has opened, and has to close. */
export interface OpenedStore {
  readonly store: OutboxStore
  close(): Promise<void>
}

export interface CliIo {
  /** Takes whole lines for stdout. */
  out(text: string): void
  err(text: string): void
  readonly cwd: string
  /** Milliseconds since 1970. */
  now(): number
  /** Imports a module by its absolute path. */
  load(file: string): Promise<unknown>
  openStore(
    url: string,
    options: { readonly cwd: string; readonly schema?: string | undefined },
  ): Promise<OpenedStore>
}

/** The command was called wrongly: exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command could not do what it was asked: exit code 1. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}
