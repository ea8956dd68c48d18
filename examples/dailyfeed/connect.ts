// The clients of a running dailyfeed. A real program would take each URL from its environment instead.
import { type ClientOf, close, createClient } from 'guise'
import { ActivityClient } from './clients/activity.js'
import { HealthClient } from './clients/health.js'
import { ImageClient } from './clients/image.js'
import { MemberClient } from './clients/member.js'
import { PostClient, TimelineClient } from './clients/posts.js'
import type { Dailyfeed } from './services/index.js'

export interface Clients {
  readonly member: ClientOf<MemberClient>
  readonly timeline: ClientOf<TimelineClient>
  readonly post: ClientOf<PostClient>
  readonly image: ClientOf<ImageClient>
  readonly activity: ClientOf<ActivityClient>
  readonly health: Readonly<Record<'activity' | 'content' | 'image' | 'timeline', ClientOf<HealthClient>>>
  close(): Promise<void>
}

export function connect({ member, timeline, content, image, activity }: Dailyfeed): Clients {
  const business = {
    member: createClient(MemberClient, { url: member.url }),
    timeline: createClient(TimelineClient, { url: timeline.url }),
    post: createClient(PostClient, { url: content.url }),
    image: createClient(ImageClient, { url: image.url }),
    activity: createClient(ActivityClient, { url: activity.url }),
  }
  const health = {
    activity: createClient(HealthClient, { url: activity.url }),
    content: createClient(HealthClient, { url: content.url }),
    image: createClient(HealthClient, { url: image.url }),
    timeline: createClient(HealthClient, { url: timeline.url }),
  }
  return {
    ...business,
    health,
    async close() {
      await Promise.all([...Object.values(business), ...Object.values(health)].map(close))
    },
  }
}
