// The client of activity-svc: the notifications. The key is the id of the event, the same however often it is sent.
// biome-ignore-all format: a route is read like a row of a table, so its decorators and its empty body take no lines.
import { Bearer, Body, Client, IdempotencyKey, Post, Responses, remote } from 'guise'
import { CommentActivity, CommentLike, Envelope, MemberActivity, PostActivity, PostLike } from '../schemas.js'
import { failed, failures } from './errors.js'

@Client({ name: 'activity', path: '/api/member-activities' }) @Responses(failures)
export class ActivityClient {
  @Post('/posts') @Responses({ 200: [failed, Envelope(MemberActivity)] })
  createPostsMemberActivity(
    @Bearer() token: string, @Body(PostActivity) activity: PostActivity, @IdempotencyKey() key: string,
  ): Promise<MemberActivity> { return remote(token, activity, key) }

  @Post('/comments') @Responses({ 200: [failed, Envelope(MemberActivity)] })
  createCommentsMemberActivity(
    @Bearer() token: string, @Body(CommentActivity) activity: CommentActivity, @IdempotencyKey() key: string,
  ): Promise<MemberActivity> { return remote(token, activity, key) }

  @Post('/posts/likes') @Responses({ 200: [failed, Envelope(MemberActivity)] })
  createPostLikeActivity(
    @Bearer() token: string, @Body(PostLike) activity: PostLike, @IdempotencyKey() key: string,
  ): Promise<MemberActivity> { return remote(token, activity, key) }

  @Post('/comments/likes') @Responses({ 200: [failed, Envelope(MemberActivity)] })
  createCommentLikeActivity(
    @Bearer() token: string, @Body(CommentLike) activity: CommentLike, @IdempotencyKey() key: string,
  ): Promise<MemberActivity> { return remote(token, activity, key) }
}
