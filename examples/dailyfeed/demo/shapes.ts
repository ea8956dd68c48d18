// Bodies, contracts and connections: B10, B11, B13, B17.
import { close, createClient, ResponseValidationError } from 'guise'
import { NotFound } from '../clients/errors.js'
import { MemberClient } from '../clients/member.js'
import type { Fault, TimelineRoute } from '../services/index.js'
import { type Scenario, SUMMARY } from './scenario.js'

const COUNTS: TimelineRoute = 'GET /api/timeline/statistics/posts/{postId}'
const POSTS: TimelineRoute = 'POST /api/timeline/posts/query/list'
const success = (data: unknown) => ({ status: 200, result: 'SUCCESS', data })

export const b10: Scenario = {
  title: 'B10  A post is not taken for its counts',
  there:
    'dailyfeed: getPostItemCounts called getPostById by mistake; a post has both counts, so it seemed to work.',
  here: 'Here: route and result stand on the method itself, with no helper between; and the schema of the counts is strict.',
  async run(stage, { legacy: { feed, clients } }) {
    const service = feed.timeline
    const call = () => clients.timeline.getPostItemCounts('t1', 10)
    const { requests } = await stage.call({ service, call, gets: ({ likeCount }) => likeCount === 5 })
    stage.claim(`taken by ${requests[0]?.route}`, requests[0]?.route === COUNTS)
    const post = { id: 10, title: 'First', commentCount: 3, likeCount: 5 }
    const fault: Fault = { status: 200, body: success(post) }
    await stage.call({ service, call, fault: [COUNTS, fault], gets: { error: ResponseValidationError } })
  },
}

export const b11: Scenario = {
  title: 'B11  A contract that drifted says so at its first call',
  there:
    'dailyfeed: the endpoint of PostFeignClient was gone, and no page of followers could ever be decoded.',
  here: 'Here: the missing endpoint is a NotFound that names the method, and a page is a schema like any other.',
  async run(stage, { legacy: { feed, clients } }) {
    const { error } = await stage.call({
      ...{ service: feed.content, call: () => clients.post.getPostList('t1', [10]) },
      ...{ wire: 404, gets: { error: NotFound } },
    })
    stage.claim(`it says: ${error}`, String(error).includes('PostClient.getPostList'))
    await stage.call({
      ...{ service: feed.member, call: () => clients.member.getMyFollowersFollowings('t1', { size: 1 }) },
      gets: ({ followers, followings }) => followers.content.length === 1 && followings.hasNext,
    })
  },
}

export const b13: Scenario = {
  title: 'B13  A failed call gives its connection back',
  there:
    'dailyfeed: a 4xx with a large body was thrown before the body was closed, and the connection leaked.',
  here: 'Here: bodies are always read or dropped. A client with one connection fails 20 times and still gets through.',
  async run(stage, { legacy: { feed } }) {
    const member = createClient(MemberClient, { url: feed.member.url, connections: 1, timeout: 5_000 })
    const lift = feed.member.fault(SUMMARY, {
      status: 404,
      body: { page: 'x'.repeat(200_000) },
      times: 'always',
    })
    const calls = Array.from({ length: 20 }, () => member.getMyProfileSummary('t1'))
    const errors = (await Promise.allSettled(calls)).map(call =>
      call.status === 'rejected' ? call.reason : undefined,
    )
    stage.errors.push(...errors)
    const failed = errors.filter(error => error instanceof NotFound)
    lift()
    stage.claim(`${failed.length} calls got NotFound, each with a body of 200 kB`, failed.length === 20)
    await stage.call({
      ...{ service: feed.member, call: () => member.getMyProfileSummary('t1') },
      gets: ({ body }) => body.memberId === 1,
    })
    await close(member)
  },
}

export const b17: Scenario = {
  title: 'B17  The type of a result is checked, not only claimed',
  there:
    'dailyfeed: the T of the generic mapper was erased, and what came out were maps under the name of a DTO.',
  here: 'Here: the type is derived from a schema, and the schema looks at every answer. An id is never rounded.',
  async run(stage, { legacy: { feed, clients } }) {
    const service = feed.timeline
    const call = () => clients.timeline.getPostList('t1', [10])
    const members = await stage.call({
      ...{ service, call, fault: [POSTS, { status: 200, body: success([{ id: 1, name: 'kim' }]) }] },
      gets: { error: ResponseValidationError },
    })
    const issue = members.error instanceof ResponseValidationError ? members.error.issues[0] : undefined
    stage.claim(`at ${issue?.path.join('.')}: ${issue?.message}`, issue !== undefined)
    const [post] = await clients.timeline.getPostList('t1', [10])
    const rounded = JSON.stringify(success([{ ...post, id: 0 }])).replace('"id":0', '"id":9007199254740993')
    const fault: Fault = { status: 200, body: rounded, headers: { 'content-type': 'application/json' } }
    await stage.call({ service, call, fault: [POSTS, fault], gets: { error: ResponseValidationError } })
  },
}
