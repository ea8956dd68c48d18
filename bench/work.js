// What the candidates are asked to do: the bodies, the rows of work, and the value that each row must give.
import { z } from 'zod'

/** 300 B of JSON. */
export const member = {
  id: 7,
  name: 'kim',
  handle: 'kim1',
  displayName: 'Kim',
  verificationStatus: 'VERIFIED',
  avatarUrl: null,
  bio: 'x'.repeat(140),
  updatedAt: '2025-10-30T08:19:41',
}

/** 10 KB of JSON. */
export const list = Array.from({ length: 34 }, (_, id) => ({ ...member, id }))

/** 1 KB of JSON. */
export const newMember = { name: 'kim', handle: 'kim1', bio: 'y'.repeat(980) }

export const problem = { type: 'about:blank', title: 'It is not to be had', detail: 'z'.repeat(60) }

export const Member = z.object({
  id: z.number(),
  name: z.string(),
  handle: z.string(),
  displayName: z.string(),
  verificationStatus: z.enum(['NONE', 'PENDING', 'VERIFIED']),
  avatarUrl: z.string().nullable(),
  bio: z.string(),
  updatedAt: z.string(),
})

export const Members = z.array(Member)

/**
 * The rows. `answer` is what a call must give, `rejects` marks calls that must fail, and `requests` is how many requests
 * a call may send: all three are checked for each candidate before anything is timed. `parallel` is how many of them a
 * call has in flight at the same time (then there are so many fewer calls), and `widths` are the only ones of interest.
 */
export const rows = {
  get: { title: 'GET 300 B', answer: member, requests: 1 },
  list: { title: 'GET a list of 10 KB', answer: list, requests: 1 },
  post: { title: 'POST 1 KB', answer: member, requests: 1 },
  missing: { title: '404 mapped to null', answer: null, requests: 1 },
  fan: { title: 'fan-out to 10 services', answer: Array(10).fill(member), requests: 10, parallel: 10 },
  failing: { title: 'always 503: retried twice, then rejected', rejects: true, requests: 3, widths: [1, 64] },
  refused: { title: 'always 503: the circuit is open', rejects: true, requests: 0, widths: [1] },
}

/** Retries wait one millisecond, so that a failing call is measured by its work and not by its patience. */
export const RETRIES = 2
export const DELAY = 1

/** So many calls in ten seconds that no circuit ever opens, and so few that it opens at once. */
export const NEVER_OPENS = 1_000_000
export const OPENS_SOON = 10
export const STAYS_OPEN = 3_600_000

/** Connections to each service, for all candidates that let themselves be told. */
export const CONNECTIONS = 64
