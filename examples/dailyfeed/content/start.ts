// content-svc, put together: its API, its outbox, and the worker that delivers.
import { createServer } from 'node:http'
import { close, createClient } from 'guise'
import { createOutbox, type DeliveryOptions, type Outbox, type OutboxOptions } from 'guise/outbox'
import { MemberClient } from '../clients/member.js'
import { presets } from '../presets.js'
import { createListener } from '../services/listener.js'
import { contentApi } from './api.js'
import { Content } from './content.js'
import type { Database } from './database.js'
import { type TargetPolicies, tell } from './notices.js'
import { PublishSwitch } from './publish.js'

export interface ContentOptions
  extends DeliveryOptions,
    Pick<OutboxOptions, 'onDead' | 'clock' | 'pollInterval'> {
  /** Where the others are. */
  readonly services: Readonly<Record<'member' | 'activity' | 'audit', string>>
  /** content-svc's own token. */
  readonly token: () => string | Promise<string>
  readonly policies?: TargetPolicies
  /** 0 or nothing: any free port. */
  readonly port?: number
  /** Whether this process takes requests. Default: it does. */
  readonly listen?: boolean
  /** Whether this process delivers. Default: it does. */
  readonly deliver?: boolean
}

export interface ContentService<Tx> {
  /** Where it takes requests; no port in it, where it takes none. */
  readonly url: string
  readonly outbox: Outbox<Tx>
  readonly content: Content<Tx>
  readonly publish: PublishSwitch
  /** The database too. */
  close(): Promise<void>
}

export async function startContentService<Tx>(
  database: Database<Tx>,
  { services, token, policies, port, listen = true, deliver = true, ...options }: ContentOptions,
): Promise<ContentService<Tx>> {
  const outbox = createOutbox({ ...options, store: database.store, name: 'content-svc' })
  const publish = new PublishSwitch()
  const { activity, audit } = services
  tell(outbox, { activity, audit, token, publish, ...policies })
  const member = createClient(MemberClient, {
    ...presets.member,
    url: services.member,
    handBack: ['x-token-refresh-needed', 'x-relogin-required'],
  })
  const content = new Content(database, outbox)
  const listener = createListener(createServer(contentApi(content, member)), port)
  if (listen) await listener.listen()
  if (deliver) outbox.start()
  return {
    ...{ url: listener.url(), outbox, content, publish },
    async close() {
      await listener.stop('destroy')
      await close(member)
      await outbox.close()
      await database.close()
    },
  }
}
