// What content-svc tells activity-svc and audit-svc, and in which order. No method takes a token: an outbox stores none.
// biome-ignore-all format: a route is read like a row of a table, so its decorators and its empty body take no lines.
import { Body, bearerToken, Client, Post, Responses, remote } from 'guise'
import type { Outbox, OutboxTargetOptions } from 'guise/outbox'
import { z } from 'zod'
import { failed, failures } from '../clients/errors.js'
import { CommentActivity, CommentLike, Envelope, PostActivity, PostLike } from '../schemas.js'
import type { PublishSwitch } from './publish.js'

/** Nobody waits for the data. That it is no failure matters: activity-svc fails under HTTP 200 too. */
const taken = { 200: [failed, Envelope(z.unknown())] }

@Client({ name: 'notices', path: '/api/member-activities' }) @Responses(failures)
export class Notices {
  @Post('/posts') @Responses(taken)
  post(@Body(PostActivity) activity: PostActivity): Promise<unknown> { return remote(activity) }

  @Post('/comments') @Responses(taken)
  comment(@Body(CommentActivity) activity: CommentActivity): Promise<unknown> { return remote(activity) }

  @Post('/posts/likes') @Responses(taken)
  postLike(@Body(PostLike) like: PostLike): Promise<unknown> { return remote(like) }

  @Post('/comments/likes') @Responses(taken)
  commentLike(@Body(CommentLike) like: CommentLike): Promise<unknown> { return remote(like) }
}

/** What is told of one post arrives in the order in which it happened. */
const byPost = ({ postId }: { postId: number }) => `post:${postId}`

/** Of each attempt to deliver. Without them: those of an outbox, 5 s and a circuit breaker for each target. */
export type TargetPolicies = Pick<OutboxTargetOptions<Notices>, 'timeout' | 'circuitBreaker'>

export interface NoticeTargets extends TargetPolicies {
  readonly activity: string
  readonly audit: string
  /** content-svc's own: a member's would have expired by the time of the last attempt. */
  readonly token: () => string | Promise<string>
  readonly publish: PublishSwitch
}

/** Says once where notices go; from then on `outbox.within(tx).group(Notices)` is enough. */
export function tell<Tx>(outbox: Outbox<Tx>, { activity, audit, token, publish, ...policies }: NoticeTargets) {
  const bearer = bearerToken(token)
  return outbox.group(Notices, {
    targets: {
      activity: { url: activity, use: [publish.to('activity'), bearer] },
      audit: { url: audit, use: [publish.to('audit'), bearer] },
    },
    ...policies,
    orderKey: { post: byPost, comment: byPost, postLike: byPost, commentLike: byPost },
  })
}
