// The tour: each of the 23 methods and the four health checks, once.
import type { Scenario } from './scenario.js'
import { print } from './stage.js'

export const tour: readonly Scenario[] = [
  {
    title: 'MemberClient, 14 methods',
    here: 'A token and ids go in. What comes out is checked, typed and free of its envelope.',
    async run(stage, { legacy: { feed, clients } }) {
      const { member } = clients
      const show = (call: () => Promise<unknown>, words: string) =>
        stage.call({ service: feed.member, call, gets: value => print(value).includes(words) })

      await show(() => member.getMember('t1'), "name: 'kim'")
      await show(() => member.getMyProfile('t1'), "handle: 'kim1'")
      await show(() => member.getMyProfileSummary('t1'), 'body: { memberId: 1, id: 11')
      await show(
        () => member.getMyFollowersFollowings('t1', { size: 1 }),
        'followers: { content: [ { memberId: 2',
      )
      await show(() => member.getMyFollowingsMore('t1', { page: 1, size: 1 }), 'content: [ { memberId: 3')
      await show(() => member.getMyFollowersMore('t1'), 'hasNext: false')
      await show(() => member.getMemberList('t1', [1, 3]), "memberHandle: 'park3'")
      await show(() => member.getMyFollowingMembers('t1'), "memberHandle: 'lee2'")
      await show(() => member.getMemberById('t1', 2), "name: 'lee'")
      await show(() => member.getProfileById('t1', 2), "birthDate: '1994-02-28'")
      await show(() => member.getSummaryById('t1', 3), 'memberId: 3, id: 13')
      await show(() => member.getFollowersFollowingMembersById('t1', 2, { size: 1 }), 'hasNext: true')
      await show(() => member.getFollowersMoreById('t1', 2), "memberHandle: 'park3'")
      await show(() => member.getFollowingsMoreById('t1', 2), 'content: [ { memberId: 1')
    },
  },
  {
    title: 'TimelineClient, 3 methods, and ImageClient, 1 method',
    here: 'Dates leave the clients in one format, whichever of its three dailyfeed wrote.',
    async run(stage, { legacy: { feed, clients } }) {
      const { timeline, image } = clients
      const service = feed.timeline
      await stage.call({
        ...{ service, call: () => timeline.getPostList('t1', [10, 11]) },
        gets: posts => posts.length === 2,
      })
      await stage.call({
        ...{ service, call: () => timeline.getPostById('t1', 10) },
        gets: post => post.createdAt === '2025-10-28T21:04:07',
      })
      await stage.call({
        ...{ service, call: () => timeline.getPostItemCounts('t1', 10) },
        gets: counts => counts.commentCount === 3 && counts.likeCount === 5,
      })
      await stage.call({
        service: feed.image,
        call: () => image.deleteImagesBulkRequest('t1', ['/api/images/view/lee.png']),
        gets: deleted => deleted,
      })
    },
  },
  {
    title: 'ActivityClient, 4 methods: the notifications',
    here: 'The body is checked before it leaves; the key is the id of the event, the same however often it is sent.',
    async run(stage, { legacy: { feed, clients } }) {
      const { activity } = clients
      const service = feed.activity
      const post = { memberId: 1, postId: 10 }
      const comment = { ...post, commentId: 7 }
      const written = { ...post, activityType: 'POST_CREATE' } as const
      const answered = { ...comment, activityType: 'COMMENT_CREATE' } as const
      const liked = { ...post, activityType: 'LIKE_POST' } as const
      const commentLiked = { ...comment, activityType: 'LIKE_COMMENT' } as const
      const calls = [
        () => activity.createPostsMemberActivity('t1', written, 'event-1'),
        () => activity.createCommentsMemberActivity('t1', answered, 'event-2'),
        () => activity.createPostLikeActivity('t1', liked, 'event-3'),
        () => activity.createCommentLikeActivity('t1', commentLiked, 'event-4'),
      ]
      for (const call of calls) await stage.call({ service, call, gets: ({ memberId }) => memberId === 1 })
      const keys = feed.activity.stored.map(({ key }) => key).join(', ')
      stage.claim(`stored: ${keys}`, keys === 'event-1, event-2, event-3, event-4')
    },
  },
  {
    title: 'HealthClient, one declaration for four services',
    here: 'Plain text, no token, no envelope.',
    async run(stage, { legacy: { feed, clients } }) {
      for (const name of ['activity', 'content', 'image', 'timeline'] as const) {
        await stage.call({
          service: feed[name],
          call: () => clients.health[name].live(),
          gets: text => text === 'OK',
        })
      }
    },
  },
]
