// The clients of a running dailyfeed, each with the presets of its service. A real program would take each URL from its
// environment instead.
import { type ClientOf, type ClientOptions, close, createClient } from 'guise'
import { ActivityClient } from './clients/activity.js'
import { HealthClient } from './clients/health.js'
import { ImageClient } from './clients/image.js'
import { MemberClient } from './clients/member.js'
import { PostClient, TimelineClient } from './clients/posts.js'
import { presets } from './presets.js'
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

/** The way back of what dailyfeed says of a token: onto the response to the request that is being served. */
const handBack = ['x-token-refresh-needed', 'x-relogin-required']

/**
 * No header is forwarded: the one that dailyfeed hands on is the token, and that is an argument of every method.
 *
 * @param options for all clients alike: a test's clock, headers of every request.
 */
export function connect(
  { member, timeline, content, image, activity }: Dailyfeed,
  options: Pick<ClientOptions, 'clock' | 'headers'> = {},
): Clients {
  const common = { ...options, handBack }
  const business = {
    member: createClient(MemberClient, { ...common, ...presets.member, url: member.url }),
    timeline: createClient(TimelineClient, { ...common, ...presets.timeline, url: timeline.url }),
    post: createClient(PostClient, { ...common, ...presets.content, url: content.url }),
    image: createClient(ImageClient, { ...common, ...presets.image, url: image.url }),
    activity: createClient(ActivityClient, { ...common, ...presets.activity, url: activity.url }),
  }
  const healthOf = (url: string) => createClient(HealthClient, { ...options, ...presets.health, url })
  const health = {
    activity: healthOf(activity.url),
    content: healthOf(content.url),
    image: healthOf(image.url),
    timeline: healthOf(timeline.url),
  }
  return {
    ...business,
    health,
    async close() {
      await Promise.all([...Object.values(business), ...Object.values(health)].map(close))
    },
  }
}
