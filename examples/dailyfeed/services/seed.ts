// The people and posts that every run starts from. Dates carry no zone, in the three formats of dailyfeed.

export interface Member {
  id: number
  name: string
}

/** `memberId` is the account and `id` the profile: easy to mix up, so they never have the same value here. */
export interface Summary {
  memberId: number
  id: number
  memberName: string
  memberHandle: string
  displayName: string
  verificationStatus: 'NONE' | 'PENDING' | 'VERIFIED'
  avatarUrl: string | null
  updatedAt: string
}

export interface MemberProfile {
  id: number
  memberId: number
  memberName: string
  handle: string
  displayName: string
  bio: string | null
  location: string | null
  websiteUrl: string | null
  birthDate: string | null
  gender: 'MALE' | 'FEMALE' | 'OTHER' | 'PREFER_NOT_TO_SAY' | null
  timezone: string
  languageCode: string
  countryCode: 'KR' | 'US' | 'JP' | 'CN' | 'GB' | 'DE' | 'FR' | 'CA' | 'AU' | 'IN' | null
  verificationStatus: 'NONE' | 'PENDING' | 'VERIFIED'
  privacyLevel: 'PUBLIC' | 'FRIENDS' | 'PRIVATE'
  profileCompletionScore: number
  isActive: boolean
  avatarUrl: string | null
  coverUrl: string | null
  createdAt: string
  updatedAt: string
  followersCount: number
  followingsCount: number
}

export interface Post {
  id: number
  title: string | null
  content: string
  authorId: number
  authorName: string
  authorHandle: string
  authorAvatarUrl: string | null
  viewCount: number
  likeCount: number
  commentCount: number
  liked: boolean
  createdAt: string
  updatedAt: string
}

type Person = Omit<MemberProfile, 'followersCount' | 'followingsCount'>

const plain = {
  bio: null,
  location: null,
  websiteUrl: null,
  birthDate: null,
  gender: null,
  timezone: 'UTC',
  languageCode: 'en',
  countryCode: null,
  verificationStatus: 'NONE',
  privacyLevel: 'PUBLIC',
  profileCompletionScore: 0,
  isActive: true,
  avatarUrl: null,
  coverUrl: null,
  createdAt: '2025-09-01T09:00:00',
  updatedAt: '2025-10-30T08:19:41',
} satisfies Partial<Person>

export const people: readonly Person[] = [
  { ...plain, memberId: 1, id: 11, memberName: 'kim', handle: 'kim1', displayName: 'Kim' },
  {
    ...plain,
    memberId: 2,
    id: 12,
    memberName: 'lee',
    handle: 'lee2',
    displayName: 'Lee',
    bio: '안녕하세요',
    location: 'Seoul',
    websiteUrl: 'https://lee.example',
    birthDate: '1994-02-28',
    gender: 'FEMALE',
    timezone: 'Asia/Seoul',
    languageCode: 'ko',
    countryCode: 'KR',
    verificationStatus: 'VERIFIED',
    profileCompletionScore: 90,
    avatarUrl: '/api/images/view/lee.png',
    coverUrl: '/api/images/view/lee-cover.png',
  },
  {
    ...plain,
    memberId: 3,
    id: 13,
    memberName: 'park',
    handle: 'park3',
    displayName: 'Park',
    gender: 'PREFER_NOT_TO_SAY',
    verificationStatus: 'PENDING',
    privacyLevel: 'FRIENDS',
    avatarUrl: '/api/images/view/park.png',
  },
]

/** Who follows whom. Not symmetric, so that followers and followings taken for each other show. */
export const follows: readonly { follower: number; following: number }[] = [
  { follower: 1, following: 2 },
  { follower: 1, following: 3 },
  { follower: 2, following: 1 },
  { follower: 3, following: 2 },
]

export const seededImages: readonly string[] = people
  .flatMap(({ avatarUrl, coverUrl }) => [avatarUrl, coverUrl])
  .filter(url => url !== null)

/** A fresh store of posts. It is made once for a run: content-svc writes what timeline-svc reads. */
export function seedPosts(): Map<number, Post> {
  const posts = [
    post(
      10,
      1,
      'First',
      '첫 번째 글',
      { viewCount: 12, likeCount: 5, commentCount: 3 },
      '2025-10-28 21:04:07',
    ),
    post(
      11,
      2,
      'Second',
      'Hello from Seoul',
      { viewCount: 4, likeCount: 1, commentCount: 0 },
      '2025-10-29 07:30:00',
    ),
    post(12, 2, null, 'No title', { viewCount: 0, likeCount: 0, commentCount: 0 }, '2025-10-30 08:19:41'),
  ]
  return new Map(posts.map(entry => [entry.id, entry]))
}

type Counts = Pick<Post, 'viewCount' | 'likeCount' | 'commentCount'>

function post(
  id: number,
  authorId: number,
  title: string | null,
  content: string,
  counts: Counts,
  at: string,
) {
  const author = people.find(({ memberId }) => memberId === authorId)
  if (!author) throw new Error(`post ${id} has no author`)
  const { memberName: authorName, handle: authorHandle, avatarUrl: authorAvatarUrl } = author
  const seeded: Post = {
    ...{ id, title, content, authorId, authorName, authorHandle, authorAvatarUrl },
    ...counts,
    ...{ liked: false, createdAt: at, updatedAt: at },
  }
  return seeded
}
