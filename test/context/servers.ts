/** Servers of the three kinds that a context can be made for, each on loopback and closed with its test. */
import type { IncomingHttpHeaders, IncomingMessage, RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import express from 'express'
import fastify from 'fastify'
import { Call, type CallOptions, type ClientOptions, createClient, Get, remote } from 'guise'
import { inbound } from 'guise/context'
import { onTestFinished } from 'vitest'
import { closing, serve as loopback } from '../client/support.js'

/** What a server does with a request: the `value` of its answer, or an error. */
export type Handle = (request: { readonly body: unknown; readonly url: string }) => Promise<unknown>

export const serve = async (listener: RequestListener): Promise<string> => (await loopback(listener)).url

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = ''
  for await (const chunk of request) text += chunk
  return text === '' ? undefined : JSON.parse(text)
}

const failed = (error: unknown) => ({ code: (error as { code?: string }).code ?? String(error) })

/** Each makes a server of its kind with `inbound` in it; a handler that fails is answered with 500. */
export const servers: Readonly<Record<string, (handle: Handle) => Promise<string>>> = {
  node: handle =>
    serve((request, response) =>
      inbound(request, response, async () => {
        try {
          const body = await bodyOf(request)
          response.end(JSON.stringify({ value: await handle({ body, url: request.url ?? '' }) }))
        } catch (error) {
          response.statusCode = 500
          response.end(JSON.stringify(failed(error)))
        }
      }),
    ),

  express: handle => {
    const app = express()
    app.use(inbound)
    app.use(express.json({ limit: '1mb' }))
    app.use(async (request, response) => {
      try {
        response.json({ value: await handle({ body: request.body, url: request.url }) })
      } catch (error) {
        response.status(500).json(failed(error))
      }
    })
    return serve(app)
  },

  fastify: async handle => {
    const app = fastify({ forceCloseConnections: true })
    app.addHook('onRequest', inbound)
    app.all('/*', async request => ({ value: await handle({ body: request.body, url: request.url }) }))
    app.setErrorHandler((error, _request, reply) => reply.status(500).send(failed(error)))
    await app.listen({ port: 0, host: '127.0.0.1' })
    onTestFinished(() => app.close())
    return `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  },
}

class Api {
  @Get('/x') get(@Call() options?: CallOptions): Promise<unknown> {
    return remote(options)
  }
}

/** A client over real sockets. */
export function clientOf(url: string, options: Partial<ClientOptions<Api>> = {}): Api {
  return closing(createClient(Api, { url, ...options }))
}

/** A service that notes the headers of each request and answers with a status and headers of the test's choice. */
export async function backend(
  answer: (nth: number) => { status?: number; headers?: Record<string, string> } = () => ({}),
) {
  const seen: IncomingHttpHeaders[] = []
  const url = await serve((request, response) => {
    const { status = 200, headers = {} } = answer(seen.push(request.headers))
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end('"fine"')
  })
  return { url, seen }
}
