// Requests to the fake services without guise, and dailyfeed in both modes for one file of tests.
import { afterAll, afterEach, beforeAll, expect } from 'vitest'
import {
  type Dailyfeed,
  type Mode,
  type Service,
  startDailyfeed,
} from '../../../examples/dailyfeed/services/index.js'
import { ok } from '../seed.js'

export let legacy: Dailyfeed
export let strict: Dailyfeed
export const modes: readonly Mode[] = ['legacy', 'strict']
export const feed = (mode: Mode) => (mode === 'legacy' ? legacy : strict)

/** Starts both before the tests of a file, brings them back to the seed after each, and ends them. */
export function useDailyfeed() {
  beforeAll(async () => {
    ;[legacy, strict] = await Promise.all([
      startDailyfeed({ mode: 'legacy' }),
      startDailyfeed({ mode: 'strict' }),
    ])
  })
  afterEach(() => {
    legacy.reset()
    strict.reset()
  })
  afterAll(() => Promise.all([legacy.close(), strict.close()]))
}

export interface Sending {
  authorization?: string | null
  body?: unknown
  headers?: Record<string, string>
  signal?: AbortSignal
}

export function send(
  { url }: Service,
  route: string,
  { authorization = 'Bearer t1', body, headers, signal }: Sending = {},
) {
  const [method = '', path = ''] = route.split(' ')
  const sent = new Headers(headers)
  if (authorization !== null) sent.set('authorization', authorization)
  const init: RequestInit = { method, headers: sent, redirect: 'manual' }
  if (signal) init.signal = signal
  if (body !== undefined) {
    init.body = typeof body === 'string' ? body : JSON.stringify(body)
    if (!sent.has('content-type')) sent.set('content-type', 'application/json')
  }
  return fetch(url + path, init)
}

export async function ask(service: Service, route: string, sending?: Sending) {
  const response = await send(service, route, sending)
  const body = (await response.json()) as { data?: { name?: string }; statusCode?: number }
  return { status: response.status, body, headers: response.headers }
}

/** The code of the connection failure that fetch wraps. */
export async function failure(answer: Promise<unknown>) {
  const error = (await answer.then(
    () => undefined,
    thrown => thrown,
  )) as { code?: string; cause?: { code?: string } } | undefined
  return error?.cause?.code ?? error?.code
}

export const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}$/)
export const stored = (memberActivityType: string, postId: number | null, commentId: number | null) =>
  ok({ memberId: 1, postId, commentId, memberActivityType, createdAt: time, updatedAt: time }, 201)

export const POSTS = 'POST /api/member-activities/posts'
export const SUMMARY = 'GET /api/members/summary'
export const created = { memberId: 1, postId: 10, activityType: 'POST_CREATE' }

export type Name = 'member' | 'timeline' | 'image' | 'activity' | 'audit'

export const noMember = '존재하지 않는 사용자입니다'
export const noPost = '게시글이 존재하지 않습니다'
export const internal = '서버 내부 오류가 발생했습니다.'
export const like = 'POST /api/member-activities/comments/likes'
export const deletion = 'POST /api/images/view/command/delete/in'
