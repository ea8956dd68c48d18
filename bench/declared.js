// The declared class of the benches. The benches are plain JavaScript, so its decorators are applied by hand.
import { Client, Get, Param, Responses, remote } from 'guise'
import { z } from 'zod'

export const Member = z.object({
  id: z.number(),
  name: z.string(),
  handle: z.string(),
  displayName: z.string(),
  verificationStatus: z.enum(['NONE', 'PENDING', 'VERIFIED']),
  avatarUrl: z.string().nullable(),
  bio: z.string(),
  updatedAt: z.string(),
})

export class MemberClient {
  byId(id) {
    return remote(id)
  }
}

const byId = Object.getOwnPropertyDescriptor(MemberClient.prototype, 'byId')
Param('memberId')(MemberClient.prototype, 'byId', 0)
Responses({ 200: Member })(MemberClient.prototype, 'byId', byId)
Get('/{memberId}')(MemberClient.prototype, 'byId', byId)
Client({ name: 'member', path: '/api/members' })(MemberClient)
