// activity-svc: receives the notifications and stores one activity for each, duplicates included.
import { success } from './envelopes.js'
import { invalid, type Mode } from './failures.js'
import { id, jsonBody } from './input.js'
import { type Around, type Call, type ReceivedRequest, type Service, startService } from './service.js'

const activityTypes = [
  ...['POST_CREATE', 'POST_UPDATE', 'POST_DELETE', 'POST_READ'],
  ...['COMMENT_CREATE', 'COMMENT_UPDATE', 'COMMENT_DELETE', 'COMMENT_READ'],
  ...['LIKE_POST', 'LIKE_POST_CANCEL', 'LIKE_COMMENT', 'LIKE_COMMENT_CANCEL'],
  ...['MEMBER_FOLLOW', 'MEMBER_UNFOLLOW', 'MEMBER_SIGNUP', 'MEMBER_LOGIN', 'MEMBER_LOGOUT'],
]

export interface MemberActivity {
  memberId: number
  postId: number | null
  commentId: number | null
  memberActivityType: string
  createdAt: string
  updatedAt: string
}

export interface StoredActivity {
  readonly activity: MemberActivity
  /** The notification that it came from: headers, arrival time, body. */
  readonly request: ReceivedRequest
  /** The Idempotency-Key of that notification, for counting duplicates. */
  readonly key: string | undefined
}

export type ActivityRoute = keyof ReturnType<typeof routesInto>

export interface ActivityService extends Service<ActivityRoute> {
  /** Every activity stored, in order. Deduplicating is the job of the receiver's middleware, see `Around`. */
  readonly stored: readonly StoredActivity[]
}

/** audit-svc is its twin: a second target for the same notifications. */
export async function startActivity(
  name: 'activity' | 'audit',
  mode: Mode,
  around?: Around,
): Promise<ActivityService> {
  const stored: StoredActivity[] = []
  const reset = () => {
    stored.length = 0
  }
  const routes = routesInto(stored)
  const service = await startService({ name, advice: 'activity', mode, routes, around, reset })
  return { ...service, stored }
}

function routesInto(stored: StoredActivity[]) {
  const store = (call: Call, activity: MemberActivity) => {
    const header = call.request.headers['idempotency-key']
    stored.push({ activity, request: call.request, key: typeof header === 'string' ? header : undefined })
    return success(activity, 201)
  }
  const onPost = (call: Call) => {
    const { memberId, postId, activityType } = jsonBody(call)
    return store(call, activity(activityType, memberId, id(postId, 'postId'), null))
  }

  return {
    'POST /api/member-activities/posts': onPost,
    'POST /api/member-activities/comments': (call: Call) => {
      const { memberId, postId, commentId, activityType } = jsonBody(call)
      return store(call, activity(activityType, memberId, id(postId, 'postId'), id(commentId, 'commentId')))
    },
    'POST /api/member-activities/posts/likes': onPost,
    'POST /api/member-activities/comments/likes': (call: Call) => {
      const { memberId, postId, commentId, activityType } = jsonBody(call)
      id(postId, 'postId') // must be sent, and is then dropped: dailyfeed's mapper forgets it
      return store(call, activity(activityType, memberId, null, id(commentId, 'commentId')))
    },
  }
}

function activity(
  type: unknown,
  memberId: unknown,
  postId: number | null,
  commentId: number | null,
): MemberActivity {
  if (typeof type !== 'string' || !activityTypes.includes(type)) throw invalid('activityType is not known')
  const now = new Date().toISOString().slice(0, -1) // a LocalDateTime: no zone
  const memberActivityType = type
  return {
    memberId: id(memberId, 'memberId'),
    postId,
    commentId,
    memberActivityType,
    createdAt: now,
    updatedAt: now,
  }
}
