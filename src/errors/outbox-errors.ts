/** Errors of notifications: what an outbox could not record, and what it refuses to. */
import { brand, type CallFacts, GuiseError } from './guise-error.js'

/**
 * A store could not do what it was asked: nothing was recorded, claimed or changed by that operation, unless the message
 * says that this is unknown, as when a connection broke. Calling again under the same idempotency key is safe.
 *
 * @example
 * try { await activity.postCreated(post) }
 * catch (error) { if (error instanceof StoreError) reply(503) }
 */
export class StoreError extends GuiseError {
  override readonly code = 'GUISE_STORE'
}
brand(StoreError, 'StoreError')

/** The message's id was used before, for another message; nothing was recorded. Take a new id for a new message. */
export class MessageConflictError extends GuiseError {
  override readonly code = 'GUISE_MESSAGE_CONFLICT'
  /** The id. */
  readonly id: string

  constructor(id: string, facts: CallFacts = {}) {
    super(
      `another message was recorded under the id ${JSON.stringify(id)} before; take a new id for a new message`,
      facts,
    )
    this.id = id
  }
}
brand(MessageConflictError, 'MessageConflictError')

/**
 * A handler of dead deliveries tried to send a notification. That is how a dead letter becomes endless messages, so
 * nothing was recorded. Write the delivery down, or tell a person, by another way.
 */
export class NotifyInsideDeadHandlerError extends GuiseError {
  override readonly code = 'GUISE_NOTIFY_INSIDE_DEAD_HANDLER'

  constructor(facts: CallFacts = {}) {
    super('onDead must not notify: a dead letter would make another one; nothing was recorded', facts)
  }
}
brand(NotifyInsideDeadHandlerError, 'NotifyInsideDeadHandlerError')
