// Starts the whole of dailyfeed on loopback: five services and a twin of activity-svc, state in memory.
import { type ActivityService, startActivity } from './activity.js'
import { type ContentRoute, startContent } from './content.js'
import type { Mode } from './failures.js'
import { type ImageService, startImage } from './image.js'
import { type MemberRoute, startMember } from './member.js'
import { seedPosts } from './seed.js'
import type { Around, Service } from './service.js'
import { startTimeline, type TimelineRoute } from './timeline.js'

export type { ActivityRoute, ActivityService, MemberActivity, StoredActivity } from './activity.js'
export type { ContentRoute } from './content.js'
export type { Mode } from './failures.js'
export type { Fault } from './faults.js'
export type { ImageRoute, ImageService } from './image.js'
export type { MemberRoute } from './member.js'
export type { Reply } from './reply.js'
export type { Around, HealthRoute, ReceivedRequest, Service } from './service.js'
export type { TimelineRoute } from './timeline.js'

export type ServiceName = 'member' | 'content' | 'timeline' | 'image' | 'activity' | 'audit'

export interface DailyfeedOptions {
  /** legacy: the statuses dailyfeed sends today, HTTP 200 for many failures. strict: the statuses it means. */
  mode: Mode
  /** What stands around the work of a service, by its name. */
  around?: Partial<Record<ServiceName, Around>>
}

export interface Dailyfeed {
  readonly mode: Mode
  readonly member: Service<MemberRoute>
  readonly content: Service<ContentRoute>
  readonly timeline: Service<TimelineRoute>
  readonly image: ImageService
  readonly activity: ActivityService
  readonly audit: ActivityService
  /** Every service back to its seed, without requests and faults. */
  reset(): void
  /** Ends every server, connection and timer. */
  close(): Promise<void>
}

export async function startDailyfeed({ mode, around = {} }: DailyfeedOptions): Promise<Dailyfeed> {
  const posts = seedPosts()
  const [member, content, timeline, image, activity, audit] = await Promise.all([
    startMember(mode, around.member),
    startContent(mode, around.content),
    startTimeline(mode, posts, around.timeline),
    startImage(mode, around.image),
    startActivity('activity', mode, around.activity),
    startActivity('audit', mode, around.audit),
  ])
  const services: readonly Service[] = [member, content, timeline, image, activity, audit]
  return {
    ...{ mode, member, content, timeline, image, activity, audit },
    reset() {
      for (const service of services) service.reset()
    },
    async close() {
      await Promise.all(services.map(service => service.close()))
    },
  }
}
