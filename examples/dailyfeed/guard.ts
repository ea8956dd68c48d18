// Asks member-svc who is calling, as every service of dailyfeed does on every request.
import { ArgumentError } from 'guise'
import { Forbidden, Unauthorized } from './clients/errors.js'
import type { MemberClient } from './clients/member.js'
import type { Summary } from './schemas.js'

/** Who is calling, or the status to turn them away with; there is no third. */
export async function guard(
  authorization: string | undefined,
  member: MemberClient,
): Promise<Summary | number> {
  if (authorization === undefined) return 401
  try {
    return (await member.getMyProfileSummary(authorization)).body
  } catch (error) {
    if (error instanceof ArgumentError) return 401 // not even a token
    return error instanceof Unauthorized || error instanceof Forbidden ? error.status : 503
  }
}
