// The clients of posts: timeline-svc reads them; content-svc once did, and its callers were never told.
// biome-ignore-all format: a route is read like a row of a table, so its decorators and its empty body take no lines.
import { Bearer, Body, Client, Get, Param, Post, Responses, remote } from 'guise'
import { Envelope, FeedPost, FeedPosts, Ids, PostCounts } from '../schemas.js'
import { failed, failures } from './errors.js'

@Client({ name: 'timeline', path: '/api/timeline' }) @Responses(failures)
export class TimelineClient {
  @Post('/posts/query/list') @Responses({ 200: [failed, Envelope(FeedPosts)] })
  getPostList(@Bearer() token: string, @Body(Ids) ids: number[]): Promise<FeedPost[]> { return remote(token, ids) }

  @Get('/posts/{id}') @Responses({ 200: [failed, Envelope(FeedPost)] })
  getPostById(@Bearer() token: string, @Param('id') id: number): Promise<FeedPost> { return remote(token, id) }

  @Get('/statistics/posts/{id}') @Responses({ 200: [failed, Envelope(PostCounts)] })
  getPostItemCounts(@Bearer() token: string, @Param('id') id: number): Promise<PostCounts> { return remote(token, id) }
}

/** The drifted contract: content-svc has no such endpoint any more, and every call of it says so. */
@Client({ name: 'content', path: '/api/posts' }) @Responses(failures)
export class PostClient {
  @Post('/query/list') @Responses({ 200: [failed, Envelope(FeedPosts)] })
  getPostList(@Bearer() token: string, @Body(Ids) ids: number[]): Promise<FeedPost[]> { return remote(token, ids) }
}
