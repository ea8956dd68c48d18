// timeline-svc: reads posts and their counts. Its advice is a copy of content-svc's comment advice.
import { success } from './envelopes.js'
import { type Mode, postNotFound } from './failures.js'
import { ids, jsonBody, pathId } from './input.js'
import type { Post } from './seed.js'
import { type Around, type Call, startService } from './service.js'

export type TimelineRoute = keyof ReturnType<typeof routesOver>

export function startTimeline(mode: Mode, posts: ReadonlyMap<number, Post>, around?: Around) {
  return startService({ name: 'timeline', advice: 'comment', mode, routes: routesOver(posts), around })
}

function routesOver(posts: ReadonlyMap<number, Post>) {
  return {
    'POST /api/timeline/posts/query/list': (call: Call) => {
      const wanted = ids(jsonBody(call).ids, 'ids')
      return success([...posts.values()].filter(post => wanted.includes(post.id)))
    },
    'GET /api/timeline/posts/{postId}': (call: Call) => {
      const post = posts.get(pathId(call, 'postId'))
      if (!post) throw postNotFound()
      return success(post)
    },
    // Two counting queries: a post that does not exist has no comments and no likes, and is no error.
    'GET /api/timeline/statistics/posts/{postId}': (call: Call) => {
      const { commentCount = 0, likeCount = 0 } = posts.get(pathId(call, 'postId')) ?? {}
      return success({ commentCount, likeCount })
    },
  }
}
