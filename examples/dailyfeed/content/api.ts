// The public API of content-svc, the part of it that triggers notices, on Express.
import express, { type ErrorRequestHandler, type Express, type Request } from 'express'
import { inbound } from 'guise/context'
import { ZodError } from 'zod'
import type { MemberClient } from '../clients/member.js'
import { guard } from '../guard.js'
import { Id } from '../schemas.js'
import { success } from '../services/envelopes.js'
import { failureReply, invalid } from '../services/failures.js'
import type { Change, Content } from './content.js'
import { CommentText, NewComment, NewPost } from './input.js'

/** The receipt of the notice, for those who want to know what became of it. */
export const NOTICE = 'x-notice'

type Act = (memberId: number, request: Request) => Promise<Change>

export function contentApi<Tx>(content: Content<Tx>, member: MemberClient): Express {
  const routes: readonly (readonly ['post' | 'put' | 'delete', path: string, act: Act])[] = [
    ['post', '/api/posts', (by, { body }) => content.createPost(by, NewPost.parse(body))],
    ['put', '/api/posts/:id', (by, req) => content.updatePost(by, id(req), NewPost.parse(req.body))],
    ['delete', '/api/posts/:id', (by, req) => content.deletePost(by, id(req))],
    ['post', '/api/posts/:id/like', (by, req) => content.likePost(by, id(req), true)],
    ['delete', '/api/posts/:id/like', (by, req) => content.likePost(by, id(req), false)],
    ['post', '/api/comments', (by, { body }) => content.createComment(by, NewComment.parse(body))],
    ['post', '/api/comments/replies', (by, { body }) => content.createComment(by, NewComment.parse(body))],
    [
      'put',
      '/api/comments/:id',
      (by, req) => content.updateComment(by, id(req), CommentText.parse(req.body).content),
    ],
    ['delete', '/api/comments/:id', (by, req) => content.deleteComment(by, id(req))],
    ['post', '/api/comments/:id/like', (by, req) => content.likeComment(by, id(req), true)],
    ['delete', '/api/comments/:id/like', (by, req) => content.likeComment(by, id(req), false)],
  ]
  const app = express().disable('x-powered-by').use(inbound, express.json())
  for (const [verb, path, act] of routes)
    app[verb](path, async (request, response) => {
      const caller = await guard(request.headers.authorization, member)
      if (typeof caller === 'number') return void response.status(caller).end()
      const { id, receipt } = await act(caller.memberId, request)
      response.set(NOTICE, receipt.id).json(success({ id }, verb === 'post' ? 201 : 200))
    })
  return app.use(failed)
}

const id = ({ params }: Request) => Id.parse(Number(params.id))

/** With the statuses that dailyfeed means. Express knows an error handler by its four parameters. */
const failed: ErrorRequestHandler = (error, request, response, _next) => {
  const meant =
    error instanceof ZodError || error?.type === 'entity.parse.failed' ? invalid('Bad Request') : error
  const { status, body } = failureReply(meant, 'post', 'strict', request.path)
  response.status(status).type('json').send(body)
}
