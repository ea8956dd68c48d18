// A client of dailyfeed without dailyfeed: real but for its transport, with the presets of its service if they are given.

import { Socket } from 'node:net'
import { type ClientOf, type ClientOptions, createClient } from 'guise'
import { type MockTransport, type TestClock, testClock } from 'guise/testing'
import { afterEach, beforeEach, expect, vi } from 'vitest'
import type { MemberActivity } from '../../examples/dailyfeed/schemas.js'

/** A notification, and what activity-svc makes of it. */
export const written = { memberId: 1, postId: 10, activityType: 'POST_CREATE' } as const
export const stored: MemberActivity = {
  ...{ memberId: 1, postId: 10, commentId: null, memberActivityType: 'POST_CREATE' },
  ...{ createdAt: '2025-10-30T08:19:41.123', updatedAt: '2025-10-30T08:19:41.123' },
}

/** Fails any test of the file that connects to something. */
export function withoutSockets(): void {
  beforeEach(() => {
    vi.spyOn(Socket.prototype, 'connect')
  })
  afterEach(() => {
    expect(Socket.prototype.connect).not.toHaveBeenCalled()
    vi.restoreAllMocks()
  })
}

export interface Unit<T> {
  readonly client: ClientOf<T>
  readonly transport: MockTransport
  readonly clock: TestClock
}

/** Its clock stands still: no test of this kind waits. */
export function clientOf<T extends object>(
  Class: new () => T,
  transport: MockTransport,
  options: Partial<ClientOptions<T>> = {},
  clock = testClock(),
): Unit<T> {
  const own = { url: 'http://unit.test', transport, clock, ...options }
  return { client: createClient(Class, own as ClientOptions<T>), transport, clock }
}
