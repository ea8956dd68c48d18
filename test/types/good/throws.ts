/** Everything that `throws` takes: classes of the family, own classes, functions, with a schema and without. */
import { type Delivery, type ErrorReply, type ErrorSource, Get, HttpError, Responses, throws } from 'guise'
import { z } from 'zod'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Down, type Member, NameTaken, Problem } from '../fixtures.js'

/** Wants less than a reply has. */
class Small extends Error {
  constructor(reply: { status: number; headers: Headers }) {
    super(`status ${reply.status}`)
  }
}

/** Wants nothing at all. */
class Silent extends Error {
  constructor() {
    super('down')
  }
}

/** Of the family, with more to say. */
class Failed extends HttpError {
  readonly title: string

  constructor(reply: ErrorReply<{ title: string }>) {
    super(reply)
    this.title = reply.body.title
  }
}

const Failure = z.object({ title: z.string(), statusCode: z.number() })

export class Errors {
  @Get()
  @Responses({
    400: throws(HttpError),
    401: throws(Down),
    402: throws(Small),
    403: throws(Silent),
    404: throws(reply => new Error(`none at ${reply.request.url}`)),
    405: throws(() => new TypeError('never')),
    406: throws(reply => (reply.attempts > 1 ? new Down(reply) : new Small(reply))),
    409: throws(NameTaken, Problem),
    410: throws(Failed, Problem),
    // A schema that gives more than the class wants.
    411: throws(Failed, Failure, { status: body => body.statusCode }),
    412: throws(reply => new Failed(reply), Problem),
    413: throws(reply => new Error(reply.body.title.trim()), Failure, { status: () => 503 }),
    414: throws(Small, Failure, {}),
    // The body after the schema, not before it.
    415: throws(
      reply => new Error(reply.body.toFixed(1)),
      z.string().transform(text => text.length),
    ),
    default: [throws(Failed, Problem), throws(Down)],
  })
  get!: () => Promise<Member>
}

throws(reply => {
  typeIs<ErrorReply<unknown>>()(reply)
  typeIs<unknown>()(reply.body)
  typeIs<number>()(reply.status)
  typeIs<Headers>()(reply.headers)
  typeIs<string>()(reply.text)
  typeIs<Delivery>()(reply.delivery)
  typeIs<Error>()(reply.cause)
  return new Down(reply)
})

throws(
  reply => {
    typeIs<ErrorReply<{ title: string; statusCode: number }>>()(reply)
    return new Failed(reply)
  },
  Failure,
  {
    status: body => {
      typeIs<{ title: string; statusCode: number }>()(body)
      return body.statusCode
    },
  },
)

/** A source of errors can be passed around. */
export const source: ErrorSource<Problem> = Failed
export type Checks = [Expect<Equal<ErrorReply['body'], unknown>>]
