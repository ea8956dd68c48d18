// The seed of the fake services as it stands on the wire, written out by hand: what tests expect.

export const ok = (data: unknown, status = 200) => ({ status, result: 'SUCCESS', data })
export const scroll = (content: unknown[], page = 0, size = 10, hasNext = false) => ({
  content,
  page,
  size,
  hasNext,
})
export const fail = (statusCode: number, message: string, path: string) => ({
  statusCode,
  resultCode: 'FAIL',
  message,
  path,
})

export const updatedAt = '2025-10-30T08:19:41'
export const kim = {
  ...{ memberId: 1, id: 11, memberName: 'kim', memberHandle: 'kim1', displayName: 'Kim' },
  ...{ verificationStatus: 'NONE', avatarUrl: null, updatedAt },
}
export const lee = {
  ...{ memberId: 2, id: 12, memberName: 'lee', memberHandle: 'lee2', displayName: 'Lee' },
  ...{ verificationStatus: 'VERIFIED', avatarUrl: '/api/images/view/lee.png', updatedAt },
}
export const park = {
  ...{ memberId: 3, id: 13, memberName: 'park', memberHandle: 'park3', displayName: 'Park' },
  ...{ verificationStatus: 'PENDING', avatarUrl: '/api/images/view/park.png', updatedAt },
}
export const kimProfile = {
  ...{
    id: 11,
    memberId: 1,
    memberName: 'kim',
    handle: 'kim1',
    displayName: 'Kim',
    bio: null,
    location: null,
  },
  ...{
    websiteUrl: null,
    birthDate: null,
    gender: null,
    timezone: 'UTC',
    languageCode: 'en',
    countryCode: null,
  },
  ...{ verificationStatus: 'NONE', privacyLevel: 'PUBLIC', profileCompletionScore: 0, isActive: true },
  ...{ avatarUrl: null, coverUrl: null, createdAt: '2025-09-01T09:00:00', updatedAt },
  ...{ followersCount: 1, followingsCount: 2 },
}
export const first = {
  ...{ id: 10, title: 'First', content: '첫 번째 글', authorId: 1, authorName: 'kim', authorHandle: 'kim1' },
  ...{ authorAvatarUrl: null, viewCount: 12, likeCount: 5, commentCount: 3, liked: false },
  ...{ createdAt: '2025-10-28 21:04:07', updatedAt: '2025-10-28 21:04:07' },
}
