// content-svc as far as the fakes need it: it is alive. The one that writes posts and tells of them is in ../content.
import type { Mode } from './failures.js'
import { type Around, type Handler, startService } from './service.js'

/**
 * What must never go here is POST /api/posts/query/list: dailyfeed still has a client for it, but the endpoint moved to
 * timeline-svc. It answers 404 like any unknown path, which is how a drifted contract shows.
 */
const routes: Record<never, Handler> = {}

export type ContentRoute = keyof typeof routes

export function startContent(mode: Mode, around?: Around) {
  return startService({ name: 'content', advice: 'post', mode, routes, around })
}
