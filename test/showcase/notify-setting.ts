// content-svc with its database and its outbox, and those that it tells, for one test.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DeliveryRecord } from 'guise/outbox'
import { memoryDedupe } from 'guise/receiver'
import { type TestClock, testClock } from 'guise/testing'
import { onTestFinished } from 'vitest'
import { NOTICE } from '../../examples/dailyfeed/content/api.js'
import { type Database, memoryDatabase, sqliteDatabase } from '../../examples/dailyfeed/content/database.js'
import {
  type ContentOptions,
  type ContentService,
  startContentService,
} from '../../examples/dailyfeed/content/start.js'
import { type Dailyfeed, type Mode, startDailyfeed } from '../../examples/dailyfeed/services/index.js'
import { once } from '../../examples/dailyfeed/services/once.js'

export type StoreKind = 'sqlite' | 'memory'
export const stores: readonly StoreKind[] = ['sqlite', 'memory']
export const POSTS = 'POST /api/member-activities/posts'
export const LIKES = 'POST /api/member-activities/posts/likes'
export const NOW = 1_800_000_000_000
export const TOKEN = 's-content'

export interface NotifySetting<Tx = unknown> {
  readonly feed: Dailyfeed
  readonly clock: TestClock
  readonly service: ContentService<Tx>
  /** What `onDead` was told. */
  readonly dead: DeliveryRecord[]
  /** Of the database; '' where there is none. */
  readonly file: string
  /** A request to content-svc by member 1; resolves to the id of the notice. */
  ask(method: string, path: string, body?: unknown): Promise<string>
  /** All deliveries of a notice, by their targets. */
  find(id: string): Promise<Record<string, DeliveryRecord>>
  /** Drains, and moves the clock to the next attempt, until nothing of these notices is left to do. */
  settle(...ids: string[]): Promise<void>
}

export type NotifyOptions = Partial<ContentOptions> & { readonly mode?: Mode }

/** The worker does not run by itself: `drain` and `settle` make each attempt, on a clock that the test moves. */
export async function useNotify(kind: StoreKind, options: NotifyOptions = {}): Promise<NotifySetting> {
  const { mode = 'legacy', ...content } = options
  const clock = testClock({ wallNow: NOW })
  const store = () => memoryDedupe({ clock })
  const around = { activity: once({ store: store(), clock }), audit: once({ store: store(), clock }) }
  const feed = await startDailyfeed({ mode, around })
  onTestFinished(() => feed.close())
  const file = kind === 'memory' ? '' : join(temporary(), 'content.db')
  const setting = { feed, clock, file }
  return kind === 'memory'
    ? startOn(await memoryDatabase(), setting, content)
    : startOn(await sqliteDatabase(file), setting, content)
}

/** The same content-svc once more, as after a crash: on the same file, with the same services and the same clock. */
export async function again(
  before: NotifySetting,
  options: Partial<ContentOptions> = {},
): Promise<NotifySetting> {
  return startOn(await sqliteDatabase(before.file), before, options)
}

export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guise-notify-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function startOn<Tx>(
  database: Database<Tx>,
  { feed, clock, file }: Pick<NotifySetting, 'feed' | 'clock' | 'file'>,
  options: Partial<ContentOptions>,
): Promise<NotifySetting> {
  const dead: DeliveryRecord[] = []
  const service = await startContentService(database, {
    services: servicesOf(feed),
    ...{ token: () => TOKEN, clock, deliver: false, onDead: record => void dead.push(record) },
    ...options,
  })
  onTestFinished(() => service.close())
  const find = async (id: string) =>
    Object.fromEntries((await service.outbox.find(id)).map(record => [record.target, record]))
  return {
    ...{ feed, clock, file, dead, find },
    service: service as ContentService<unknown>,
    ask: (method, path, body) => ask(service.url, method, path, body),
    async settle(...ids) {
      for (let round = 0; round < 100; round++) {
        await service.outbox.drain()
        const records = (await Promise.all(ids.map(id => service.outbox.find(id)))).flat()
        const waiting = records.filter(({ state }) => state === 'pending' || state === 'in-flight')
        if (waiting.length === 0) return
        // One that waits for its turn in the order of its post may have been due for long.
        const due = waiting.map(({ nextAttemptAt }) => nextAttemptAt).filter(at => at > clock.wallNow())
        await clock.advance(due.length === 0 ? 1 : Math.min(...due) - clock.wallNow())
      }
      throw new Error('not settled after 100 rounds')
    },
  }
}

export function servicesOf({ member, activity, audit }: Dailyfeed): ContentOptions['services'] {
  return { member: member.url, activity: activity.url, audit: audit.url }
}

/** @returns the id of the notice. */
export async function ask(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  token = 't1',
): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(url + path, { method, headers, ...sent })
  const text = await response.text()
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
  return response.headers.get(NOTICE) ?? ''
}

/** What a service has stored, as type and key. */
export const storedBy = ({ stored }: Dailyfeed['activity']) =>
  stored.map(({ activity, key }) => [activity.memberActivityType, key])
