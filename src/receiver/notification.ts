/** What a handler is told about the notification that it handles. */

/** A notification being handled. */
export interface Notification<Tx = unknown> {
  /** The key, the same on each attempt to deliver. */
  readonly id: string
  /** Who sent it, as the option `sender` says; empty without that option. */
  readonly sender: string
  /** How many services it went through before this one. */
  readonly hops: number
  /** Its place in the order of its kind: a lower one than the last handled comes late, and may be dropped. */
  readonly seq: number | undefined
  /** When the sender gives up, in milliseconds since 1970. */
  readonly expires: number | undefined
  /** With `postgresDedupe`: the client whose transaction remembers the answer. What is done with it happens once. */
  readonly tx: Tx
}

const notifications = new WeakMap<object, Notification>()

/** Ties a notification to its request, the framework's and Node's. */
export function tie(request: object, notification: Notification): void {
  notifications.set(request, notification)
}

/**
 * The notification that a request brought through `deduplicate`.
 *
 * @param request the handler's request: Node's, Express's or Fastify's.
 * @throws TypeError for a request without one: it has not come through `deduplicate`, or had no key where none is required.
 *
 * @example
 * const { id, tx } = notificationOf<PoolClient>(request)
 * await tx.query('insert into mails (id) values ($1)', [id])
 */
export function notificationOf<Tx = unknown>(request: object): Notification<Tx> {
  const { raw = request } = request as { readonly raw?: object }
  const notification = notifications.get(raw) ?? notifications.get(request)
  if (notification === undefined)
    throw new TypeError(
      'this request is no notification: deduplicate is not in front of its handler, or it has no key',
    )
  return notification as Notification<Tx>
}
