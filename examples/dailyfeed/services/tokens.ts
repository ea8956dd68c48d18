// Who is calling: the seeded tokens, and what each service answers to the ones that are no good.
import { errorEnvelope } from './envelopes.js'
import type { Mode } from './failures.js'
import { empty, json, type Reply } from './reply.js'

const REFRESH = 'X-Token-Refresh-Needed'
const RELOGIN = 'X-Relogin-Required'

const members = new Map([
  ['t1', 1],
  ['t2', 2],
  ['t3', 3],
  ['t-oldkey', 1],
  // content-svc itself, when it delivers a notice: no member at all.
  ['s-content', 0],
])

export type Caller =
  | { readonly known: true; readonly memberId: number; readonly headers: Record<string, string> }
  | { readonly known: false; readonly reply: Reply }

export function identify(authorization: string | undefined, mode: Mode, path: string): Caller {
  const token = bearerToken(authorization ?? '', mode)
  if (token === undefined) return refused(json(401, errorEnvelope(401, 'Bearer 토큰이 없습니다', path)))
  if (token === 't-expired') return refused(empty(401, { [REFRESH]: 'true' }))
  if (token === 't-blacklisted') return refused(empty(401, { [RELOGIN]: 'true' }))
  const memberId = members.get(token)
  if (memberId === undefined) {
    return refused(json(401, errorEnvelope(401, '유효하지 않은 토큰입니다', path), { [RELOGIN]: 'true' }))
  }
  // Signed with a key that is no longer the primary one: good, and due for a refresh.
  return { known: true, memberId, headers: token === 't-oldkey' ? { [REFRESH]: 'true' } : {} }
}

function bearerToken(authorization: string, mode: Mode): string | undefined {
  if (mode === 'strict') return /^Bearer +(\S+)$/i.exec(authorization)?.[1]
  // dailyfeed takes away every "Bearer ", which is the only reason why its doubled scheme works.
  if (!authorization.startsWith('Bearer ')) return undefined
  return authorization.replaceAll('Bearer ', '').trim() || undefined
}

function refused(reply: Reply): Caller {
  return { known: false, reply }
}
