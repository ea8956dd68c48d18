/** Servers of the three kinds with a receiver in front of one handler, each on loopback and closed with its test. */
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import {
  type DedupeEvent,
  type DeduplicateOptions,
  deduplicate,
  type Notification,
  notificationOf,
} from 'guise/receiver'
import { onTestFinished, vi } from 'vitest'

// A loaded machine takes its time; no test waits for time itself.
vi.setConfig({ testTimeout: 30_000 })

/** What the handler does with a notification: its answer, or an error. */
export type Scene = (
  notification: () => Notification,
  body: unknown,
) => Promise<{ status?: number; headers?: Record<string, string | string[]>; body?: unknown }>

export interface Served {
  url: string
  /** Bodies that the handler got, in order. */
  ran: unknown[]
  events: DedupeEvent[]
}

export async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(
    () =>
      new Promise<void>(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const fine: Scene = async () => ({ body: { fine: true } })

function prepare(options: DeduplicateOptions, scene: Scene) {
  const ran: unknown[] = []
  const events: DedupeEvent[] = []
  const dedupe = deduplicate({ onEvent: event => events.push(event), ...options })
  const handle = async (request: object, body: unknown) => {
    ran.push(body)
    const { status = 200, headers = {}, body: out } = await scene(() => notificationOf(request), body)
    return { status, headers, out }
  }
  return { ran, events, dedupe, handle }
}

export type Kind = (options: DeduplicateOptions, scene?: Scene) => Promise<Served>

/** Each serves POST /notify; a handler's value is written as the kind is wont to. */
export const kinds = {
  node: async (options, scene = fine) => {
    const { ran, events, dedupe, handle } = prepare(options, scene)
    const url = await listen((request, response) => {
      const answer = async () => {
        const { status, headers, out } = await handle(request, (request as { body?: unknown }).body)
        response.writeHead(status, { 'content-type': 'application/json', ...headers })
        if (out === undefined) return void response.end()
        const text = JSON.stringify(out)
        response.write(text.slice(0, 3))
        response.end(text.slice(3))
      }
      dedupe(request, response, answer).catch(() => {})
    })
    return { url: `${url}/notify`, ran, events }
  },

  express: async (options, scene = fine) => {
    const { ran, events, dedupe, handle } = prepare(options, scene)
    const app = express()
    app.post('/notify', dedupe, async (request, response) => {
      const { status, headers, out } = await handle(request, request.body)
      response.status(status).set(headers)
      if (out === undefined) response.end()
      else response.json(out)
    })
    app.use((_error: unknown, _request: unknown, response: express.Response, next: () => void) => {
      if (response.headersSent) next()
      else response.status(500).json({ failed: true })
    })
    return { url: `${await listen(app)}/notify`, ran, events }
  },

  fastify: async (options, scene = fine) => {
    const { ran, events, dedupe, handle } = prepare(options, scene)
    const app = fastify({ forceCloseConnections: true })
    app.post('/notify', { preParsing: dedupe.preParsing }, async (request, reply) => {
      const { status, headers, out } = await handle(request, request.body)
      return reply.code(status).headers(headers).send(out)
    })
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    return { url: `http://127.0.0.1:${(app.server.address() as AddressInfo).port}/notify`, ran, events }
  },
} as const satisfies Record<string, Kind>

export interface Got {
  status: number
  headers: Headers
  body: string
}

/** Sends a notification: `{"n":1}` under the key `k` unless told otherwise. */
export async function send(
  url: string,
  headers: Record<string, string | undefined> = {},
  body: string | Uint8Array | undefined = '{"n":1}',
  method = 'POST',
): Promise<Got> {
  const all = { 'content-type': 'application/json', 'idempotency-key': 'k', ...headers }
  const given = Object.entries(all).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const response = await fetch(url, {
    method,
    headers: given,
    ...(method === 'GET' ? {} : { body: body as string }),
  })
  return { status: response.status, headers: response.headers, body: await response.text() }
}

/** The code of a refusal. */
export const codeOf = ({ body }: { body?: string | Uint8Array | undefined }): unknown =>
  JSON.parse(Buffer.from(body ?? '{}').toString()).code

/** A promise that is settled by hand, and one that tells that somebody waits for it. */
export function gate(): { arrived: Promise<void>; pass: () => Promise<void>; open: () => void } {
  let open = () => {}
  let arrive = () => {}
  const opened = new Promise<void>(resolve => {
    open = resolve
  })
  const arrived = new Promise<void>(resolve => {
    arrive = resolve
  })
  return {
    arrived,
    open,
    pass: () => {
      arrive()
      return opened
    },
  }
}
