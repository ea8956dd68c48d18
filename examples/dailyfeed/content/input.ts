// What content-svc is sent.
import { z } from 'zod'
import { Id } from '../schemas.js'

export const NewPost = z.object({ title: z.string().nullable().default(null), content: z.string().max(5000) })
export type NewPost = z.infer<typeof NewPost>

const parentId = Id.nullable().default(null)
export const NewComment = z.object({ content: z.string().max(5000), postId: Id, parentId })
export type NewComment = z.infer<typeof NewComment>

export const CommentText = z.object({ content: z.string().max(5000) })
