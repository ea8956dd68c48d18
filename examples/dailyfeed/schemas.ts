// What dailyfeed writes on the wire, as schemas: the types of the clients flow from these and from nothing else.
import { z } from 'zod'

/** A Java Long. Beyond 2^53 JavaScript would round it in silence, and the id would be somebody else's: refused. */
export const Id = z.int().positive()
const Count = z.int().nonnegative()

// Three formats, none with a zone, so none becomes a `Date`. All leave here as ISO 8601 in local time.
const LocalDate = z.iso.date() // 2025-10-30
const LocalDateTime = z.iso.datetime({ local: true, offset: false }) // 2025-10-30T08:19:41, at times with .123
const SpacedDateTime = z // 2025-10-30 08:19:41
  .string()
  .regex(/^\S+ \S+$/, 'must have a space between date and time')
  .transform(text => text.replace(' ', 'T'))
  .pipe(LocalDateTime)

/** `{"status":200,"result":"SUCCESS","data":...}`: only the data gets through. */
export const Envelope = <T>(data: z.ZodType<T>) =>
  z.object({ status: z.int(), result: z.literal('SUCCESS'), data }).transform(envelope => envelope.data)

/** A failure, under HTTP 200 as well. `statusCode` is what it means, whatever the HTTP status says. */
export const ErrorEnvelope = z.object({
  statusCode: z.int().min(400).max(599),
  resultCode: z.literal('FAIL'),
  message: z.string().nullable(),
  path: z.string().nullable(),
})

/** What dailyfeed says of a token beside its answer; every status can carry it, 200 included. */
export const TokenHeaders = z
  .object({ 'x-token-refresh-needed': z.string(), 'x-relogin-required': z.string() })
  .partial()
  .transform(headers => ({
    refreshNeeded: headers['x-token-refresh-needed'] === 'true',
    reloginRequired: headers['x-relogin-required'] === 'true',
  }))
export type TokenHeaders = z.infer<typeof TokenHeaders>

/** Which part of a list. member-svc takes `sort` and ignores it. */
export interface Paging {
  page?: number
  size?: number
  sort?: string
}
const ScrollPage = <T>(item: z.ZodType<T>) =>
  z.object({ content: z.array(item), page: Count, size: Count, hasNext: z.boolean() })

export const Member = z.object({ id: Id, name: z.string() })
export type Member = z.infer<typeof Member>

const Verification = z.enum(['NONE', 'PENDING', 'VERIFIED'])

/** `memberId` is the account, `id` the profile: not the same number. */
export const Summary = z.object({
  memberId: Id,
  id: Id,
  memberName: z.string(),
  memberHandle: z.string(),
  displayName: z.string(),
  verificationStatus: Verification,
  avatarUrl: z.string().nullable(),
  updatedAt: LocalDateTime,
})
export type Summary = z.infer<typeof Summary>
export const Summaries = Summary.array()
export const SummaryPage = ScrollPage(Summary)
export type SummaryPage = z.infer<typeof SummaryPage>
export const FollowPage = z.object({ followers: SummaryPage, followings: SummaryPage })
export type FollowPage = z.infer<typeof FollowPage>

export const MemberProfile = z.object({
  id: Id,
  memberId: Id,
  memberName: z.string(),
  handle: z.string(),
  displayName: z.string(),
  bio: z.string().nullable(),
  location: z.string().nullable(),
  websiteUrl: z.string().nullable(),
  birthDate: LocalDate.nullable(),
  gender: z.enum(['MALE', 'FEMALE', 'OTHER', 'PREFER_NOT_TO_SAY']).nullable(),
  timezone: z.string(),
  languageCode: z.string(),
  countryCode: z.enum(['KR', 'US', 'JP', 'CN', 'GB', 'DE', 'FR', 'CA', 'AU', 'IN']).nullable(),
  verificationStatus: Verification,
  privacyLevel: z.enum(['PUBLIC', 'FRIENDS', 'PRIVATE']),
  profileCompletionScore: Count,
  isActive: z.boolean(),
  avatarUrl: z.string().nullable(),
  coverUrl: z.string().nullable(),
  createdAt: LocalDateTime,
  updatedAt: LocalDateTime,
  followersCount: Count,
  followingsCount: Count,
})
export type MemberProfile = z.infer<typeof MemberProfile>

/** Not `Post`, which is the name of a decorator. */
export const FeedPost = z.object({
  id: Id,
  title: z.string().nullable(),
  content: z.string(),
  authorId: Id,
  authorName: z.string(),
  authorHandle: z.string(),
  authorAvatarUrl: z.string().nullable(),
  viewCount: Count,
  likeCount: Count,
  commentCount: Count,
  liked: z.boolean(),
  createdAt: SpacedDateTime,
  updatedAt: SpacedDateTime,
})
export type FeedPost = z.infer<typeof FeedPost>
export const FeedPosts = FeedPost.array()

/** Strict, since a post has both fields too, and was once decoded as its own counts. */
export const PostCounts = z.strictObject({ commentCount: Count, likeCount: Count })
export type PostCounts = z.infer<typeof PostCounts>

/** A list of ids as the caller has it; on the wire it is `{"ids":[1,2]}`. */
export const Ids = Id.array()
  .max(1000)
  .transform(ids => ({ ids }))
export const ImageUrls = z
  .string()
  .array()
  .transform(imageUrls => ({ imageUrls }))

/** image-svc answers nothing else. */
export const Deleted = z.literal(true)

const PostActivityType = z.enum(['POST_CREATE', 'POST_UPDATE', 'POST_DELETE', 'POST_READ'])
const CommentActivityType = z.enum(['COMMENT_CREATE', 'COMMENT_UPDATE', 'COMMENT_DELETE', 'COMMENT_READ'])
const PostLikeType = z.enum(['LIKE_POST', 'LIKE_POST_CANCEL'])
const CommentLikeType = z.enum(['LIKE_COMMENT', 'LIKE_COMMENT_CANCEL'])
const onPost = { memberId: Id, postId: Id }
const onComment = { ...onPost, commentId: Id }

export const PostActivity = z.object({ ...onPost, activityType: PostActivityType })
export type PostActivity = z.infer<typeof PostActivity>
export const CommentActivity = z.object({ ...onComment, activityType: CommentActivityType })
export type CommentActivity = z.infer<typeof CommentActivity>
export const PostLike = z.object({ ...onPost, activityType: PostLikeType })
export type PostLike = z.infer<typeof PostLike>
export const CommentLike = z.object({ ...onComment, activityType: CommentLikeType })
export type CommentLike = z.infer<typeof CommentLike>

/** A notification as activity-svc has stored it. Of a comment's like it forgets the post. */
export const MemberActivity = z.object({
  memberId: Id,
  postId: Id.nullable(),
  commentId: Id.nullable(),
  memberActivityType: z.enum([
    ...PostActivityType.options,
    ...CommentActivityType.options,
    ...PostLikeType.options,
    ...CommentLikeType.options,
    ...(['MEMBER_FOLLOW', 'MEMBER_UNFOLLOW', 'MEMBER_SIGNUP', 'MEMBER_LOGIN', 'MEMBER_LOGOUT'] as const),
  ]),
  createdAt: LocalDateTime,
  updatedAt: LocalDateTime,
})
export type MemberActivity = z.infer<typeof MemberActivity>
