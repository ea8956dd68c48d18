// Stands in front of activity-svc and audit-svc: a notice that was taken before is answered, and not stored again.
import { type DeduplicateOptions, deduplicate } from 'guise/receiver'
import { ErrorEnvelope } from '../schemas.js'
import type { Reply } from './reply.js'
import type { Around } from './service.js'

/**
 * `deduplicate` for services that are no server of Node's but plain data; behind Express it is `app.use(deduplicate(...))`.
 * A failure under HTTP 200 must not be remembered as an answer, so the receiver is told what the answer means.
 */
export function once(options: DeduplicateOptions): Around {
  const { receive } = deduplicate(options)
  return async ({ method, path, query, headers, body }, work) => {
    const request = {
      method,
      path: query === '' ? path : `${path}?${query}`,
      headers,
      body: Buffer.from(body),
    }
    let own: Reply | undefined
    const given = await receive(request, async () => {
      own = await work()
      return { status: meant(own), headers: own.headers, body: Buffer.from(own.body) }
    })
    const status = given.from === 'handler' ? (own?.status ?? given.status) : given.status
    return {
      status,
      headers: given.headers as Reply['headers'],
      body: Buffer.from(given.body ?? '').toString(),
    }
  }
}

function meant({ status, body }: Reply): number {
  if (status >= 400 || !body.startsWith('{')) return status
  return ErrorEnvelope.safeParse(JSON.parse(body)).data?.statusCode ?? status
}
