// A service behind a guard, as all of dailyfeed's are but member-svc: each request first asks that one who is calling.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { inbound } from 'guise/context'
import type { MemberClient } from '../clients/member.js'
import { guard } from '../guard.js'
import { createListener } from '../services/listener.js'

export interface Guarded {
  readonly url: string
  /** The ids of the members whose requests were handled, in order. */
  readonly handled: readonly number[]
  close(): Promise<void>
}

/** What the caller of the guarded service gets. */
export interface Answer {
  readonly status: number
  /** Those that begin with `x-`. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export async function startGuarded(member: MemberClient): Promise<Guarded> {
  const handled: number[] = []

  async function serve(req: IncomingMessage, res: ServerResponse) {
    const caller = await guard(req.headers.authorization, member)
    if (typeof caller === 'number') {
      res.writeHead(caller).end()
      return
    }
    handled.push(caller.memberId)
    res.writeHead(200, { 'content-type': 'text/plain' }).end(`hello ${caller.memberName}`)
  }

  // `inbound` takes what the client hands back onto `res`, before the guard or the handler has written its head.
  const server = createServer((req, res) => inbound(req, res, () => serve(req, res)))
  const listener = createListener(server)
  await listener.listen()
  return { url: listener.url(), handled, close: () => listener.stop('destroy') }
}

/** A write, as a browser would send it. */
export async function ask({ url }: Guarded, token?: string): Promise<Answer> {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const response = await fetch(url, { method: 'POST', headers })
  return {
    status: response.status,
    headers: Object.fromEntries([...response.headers].filter(([name]) => name.startsWith('x-'))),
    body: await response.text(),
  }
}
