// member-svc: accounts, profiles and who follows whom. The other services ask it who is calling.
import { type FollowScrollPage, type ScrollPage, scrollPage, success } from './envelopes.js'
import { type Mode, memberIdsLimitExceeds, memberNotFound } from './failures.js'
import { ids, jsonBody, paging, pathId } from './input.js'
import { follows, type Member, type MemberProfile, people, type Summary } from './seed.js'
import { type Around, type Call, startService } from './service.js'

const MAX_IDS = 1000

const routes = {
  'GET /api/members': call => success(member(call.memberId)),
  'GET /api/members/profile': call => success(profile(call.memberId)),
  'GET /api/members/summary': call => success(summary(call.memberId)),
  'GET /api/members/followers-followings': call => success(followPage(call.memberId, call)),
  'GET /api/members/followers/more': call => success(followersPage(call.memberId, call)),
  'GET /api/members/followings/more': call => success(followingsPage(call.memberId, call)),
  'POST /api/members/query/in': call => success(summariesOf(ids(jsonBody(call).ids, 'ids'))),
  'GET /api/members/query/followings': call => success(followings(call.memberId)),
  'GET /api/members/{memberId}': call => success(member(pathId(call, 'memberId'))),
  'GET /api/members/{memberId}/profile': call => success(profile(pathId(call, 'memberId'))),
  'GET /api/members/{memberId}/summary': call => success(summary(pathId(call, 'memberId'))),
  'GET /api/members/{memberId}/followers-followings': call =>
    success(followPage(pathId(call, 'memberId'), call)),
  'GET /api/members/{memberId}/followers/more': call =>
    success(followersPage(pathId(call, 'memberId'), call)),
  'GET /api/members/{memberId}/followings/more': call =>
    success(followingsPage(pathId(call, 'memberId'), call)),
} satisfies Record<string, (call: Call) => object>

export type MemberRoute = keyof typeof routes

export function startMember(mode: Mode, around?: Around) {
  return startService({ name: 'member', advice: 'member', mode, routes, around })
}

function person(memberId: number) {
  const found = people.find(candidate => candidate.memberId === memberId)
  if (!found) throw memberNotFound()
  return found
}

function member(memberId: number): Member {
  return { id: memberId, name: person(memberId).memberName }
}

function profile(memberId: number): MemberProfile {
  const followersCount = followers(memberId).length
  return { ...person(memberId), followersCount, followingsCount: followings(memberId).length }
}

function summary(memberId: number): Summary {
  const { id, memberName, handle: memberHandle, displayName, ...rest } = person(memberId)
  const { verificationStatus, avatarUrl, updatedAt } = rest
  return { memberId, id, memberName, memberHandle, displayName, verificationStatus, avatarUrl, updatedAt }
}

/** An id that nobody has is left out, as a query with IN does. */
function summariesOf(wanted: number[]): Summary[] {
  if (wanted.length > MAX_IDS) throw memberIdsLimitExceeds()
  return people.filter(({ memberId }) => wanted.includes(memberId)).map(({ memberId }) => summary(memberId))
}

function followers(memberId: number): Summary[] {
  person(memberId)
  return follows.filter(({ following }) => following === memberId).map(({ follower }) => summary(follower))
}

function followings(memberId: number): Summary[] {
  person(memberId)
  return follows.filter(({ follower }) => follower === memberId).map(({ following }) => summary(following))
}

function followPage(memberId: number, call: Call): FollowScrollPage<Summary> {
  return { followers: followersPage(memberId, call), followings: followingsPage(memberId, call) }
}

function followersPage(memberId: number, call: Call): ScrollPage<Summary> {
  return scrollPage(followers(memberId), paging(call))
}

function followingsPage(memberId: number, call: Call): ScrollPage<Summary> {
  return scrollPage(followings(memberId), paging(call))
}
