// What can go wrong in a service, and the status each service sends for it: right in strict, wrong in legacy.
import { errorEnvelope } from './envelopes.js'
import { json, type Reply } from './reply.js'

/** legacy: the statuses that dailyfeed sends today. strict: the statuses that it means. */
export type Mode = 'legacy' | 'strict'

/** The exception family, which is what dailyfeed's controller advices tell apart. */
type Kind = 'member' | 'post' | 'unexpected'

/** The controller advice in charge. image-svc and timeline-svc carry copies of the comment advice. */
export type Advice = 'member' | 'post' | 'comment' | 'activity'

export const INTERNAL_ERROR = '서버 내부 오류가 발생했습니다.'

export class Failure extends Error {
  readonly kind: Kind
  readonly code: number

  constructor(kind: Kind, code: number, message: string) {
    super(message)
    this.kind = kind
    this.code = code
  }
}

export const memberNotFound = () => new Failure('member', 404, '존재하지 않는 사용자입니다')
export const memberIdsLimitExceeds = () => new Failure('member', 400, '허용되는 조회 건수를 초과했습니다')
export const postNotFound = () => new Failure('post', 404, '게시글이 존재하지 않습니다')

/** A request that does not fit. Legacy has no handler for it: it falls to `RuntimeException / Exception`. */
export const invalid = (message: string, code = 400) => new Failure('unexpected', code, message)

interface Sent {
  readonly http: number
  readonly body: number | 'code'
}

/** The table of dailyfeed's wrong statuses; 'code' is the failure's own code. */
const legacy: Record<Advice, Record<Kind, Sent>> = {
  member: {
    member: { http: 400, body: 400 },
    post: { http: 500, body: 500 },
    unexpected: { http: 500, body: 500 },
  },
  post: {
    member: { http: 200, body: 'code' },
    post: { http: 200, body: 'code' },
    unexpected: { http: 200, body: 500 },
  },
  comment: {
    member: { http: 400, body: 'code' },
    post: { http: 400, body: 'code' },
    unexpected: { http: 200, body: 500 },
  },
  activity: {
    member: { http: 400, body: 'code' },
    post: { http: 200, body: 500 },
    unexpected: { http: 200, body: 500 },
  },
}

export function failureReply(error: unknown, advice: Advice, mode: Mode, path: string): Reply {
  const failure = error instanceof Failure ? error : new Failure('unexpected', 500, INTERNAL_ERROR)
  if (mode === 'strict') return json(failure.code, errorEnvelope(failure.code, failure.message, path))
  const sent = legacy[advice][failure.kind]
  const code = sent.body === 'code' ? failure.code : sent.body
  const message = failure.kind === 'unexpected' ? INTERNAL_ERROR : failure.message
  return json(sent.http, errorEnvelope(code, message, path))
}
