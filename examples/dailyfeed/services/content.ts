// content-svc: writes posts, comments and likes. So far its public API is missing, and that is already a lesson.
import type { Mode } from './failures.js'
import { type Around, type Handler, startService } from './service.js'

/**
 * The public API that triggers the notifications (POST /api/posts, POST /api/posts/{id}/like and so on) goes here.
 * What must never go here is POST /api/posts/query/list: dailyfeed still has a client for it, but the endpoint moved
 * to timeline-svc. It answers 404 like any unknown path, which is how a drifted contract shows.
 */
const routes: Record<never, Handler> = {}

export type ContentRoute = keyof typeof routes

export function startContent(mode: Mode, around?: Around) {
  return startService({ name: 'content', advice: 'post', mode, routes, around })
}
