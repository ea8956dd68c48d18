/** Schemas and error classes that the declarations of the type tests share. */
import { type ErrorReply, HttpError } from 'guise'
import { z } from 'zod'

export const Member = z.object({ id: z.number(), name: z.string() })
export type Member = z.infer<typeof Member>

export const NewMember = z.object({ name: z.string() })
export type NewMember = z.infer<typeof NewMember>

export const Problem = z.object({ title: z.string() })
export type Problem = z.infer<typeof Problem>

/** A complete error class: the reply is all that `HttpError` wants. */
export class Down extends HttpError {}

/** An error of the user's own that takes a body of the type {@link Problem}. */
export class NameTaken extends Error {
  constructor(reply: ErrorReply<Problem>) {
    super(reply.body.title)
  }
}
