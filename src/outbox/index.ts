/** `guise/outbox`: calls that are recorded first and delivered after. */
export { MessageConflictError, NotifyInsideDeadHandlerError, StoreError } from '../errors/outbox-errors.js'
export type { OutboxEvent } from './events.js'
export type {
  DeliveryOptions,
  OrderKeys,
  OutboxGroupOptions,
  OutboxOptions,
  OutboxTargetOptions,
} from './options.js'
export { createOutbox } from './outbox.js'
export type {
  ActResult,
  Claim,
  ClaimedDelivery,
  ClaimTarget,
  DeadReason,
  DeliveryRecord,
  DeliveryState,
  ListQuery,
  NewDelivery,
  OperatorAct,
  OutboxStore,
  Recorded,
  Replay,
  Settlement,
  TargetStats,
} from './store.js'
export { memoryStore } from './stores/memory.js'
export {
  type PostgresClient,
  type PostgresPool,
  type PostgresStoreOptions,
  postgresStore,
} from './stores/postgres.js'
export { sqliteStore } from './stores/sqlite.js'
export type { SqliteDatabase } from './stores/sqlite-driver.js'
export { openSqlite } from './stores/sqlite-open.js'
export type { SqliteOptions } from './stores/sqlite-schema.js'
export type { DeadPage, DeadQuery, Operator, Outbox, OutboxGuises, OutboxOf, Receipt } from './types.js'
