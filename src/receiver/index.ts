/** `guise/receiver`: the other side of a notification, which handles each of them once and knows who sent it. */
export {
  signWebhook,
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookHeaders,
  type WebhookMessage,
  type WebhookSecrets,
  type WebhookVerification,
} from '../signing/index.js'
export type { Answer, GivenAnswer, RefusalCode } from './answers.js'
export { type Deduplicate, deduplicate, type PreParsing } from './deduplicate.js'
export { createInbox, type Inbox, type InboxOptions, type InboxWork } from './inbox.js'
export { type MemoryDedupeOptions, memoryDedupe } from './memory-dedupe.js'
export { type Notification, notificationOf } from './notification.js'
export type { DeduplicateOptions } from './options.js'
export {
  type PostgresDedupe,
  type PostgresDedupeOptions,
  type PostgresPool,
  postgresDedupe,
} from './postgres-dedupe.js'
export type { ReceivedRequest } from './read.js'
export type { Handle, Receive } from './receive.js'
export { type RedisClient, type RedisDedupeOptions, redisDedupe } from './redis-dedupe.js'
export type { Claim, Claimed, ClaimRequest, DedupeEvent, DedupeStore, StoredAnswer } from './store.js'
