// What every scenario of the demo is made of.
import type { Clients } from '../connect.js'
import type { Dailyfeed } from '../services/index.js'
import type { Stage } from './stage.js'

/** dailyfeed running in one of its two modes, and clients that call it. */
export interface Setting {
  readonly feed: Dailyfeed
  readonly clients: Clients
}

export interface Settings {
  /** dailyfeed as it is: HTTP 200 for many failures. */
  readonly legacy: Setting
  /** dailyfeed as it is meant. */
  readonly strict: Setting
}

export interface Scenario {
  readonly title: string
  /** What the reference system did. */
  readonly there?: string
  /** What happens here. */
  readonly here: string
  run(stage: Stage, settings: Settings): Promise<void>
}

/** The route that most scenarios lean on: dailyfeed asks it on every authenticated request. */
export const SUMMARY = 'GET /api/members/summary'
