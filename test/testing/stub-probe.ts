// A class with one route and a response table of the test's choice, and its stub with one answer.
import { createClient, Get, Responses, type ResponseTable, remote } from 'guise'
import { type StubMistake, type StubServer, stub } from 'guise/testing'
import { closing } from '../client/support.js'

interface Probe {
  call(): Promise<unknown>
}

export function probe(table: ResponseTable, route: typeof Get = Get) {
  class Probe {
    call(): Promise<unknown> {
      return remote()
    }
  }
  Responses(table as never)(Probe.prototype as never, 'call' as never)
  route('/x')(Probe.prototype as never, 'call' as never)
  return Probe
}

/** What the stub notes while its handler returns `result`. */
export async function answered(
  table: ResponseTable,
  result: unknown,
  act: (server: StubServer<Probe>, client: Probe) => Promise<void>,
  route?: typeof Get,
): Promise<StubMistake[]> {
  const Class = probe(table, route)
  await using server = await stub(Class, { call: () => result })
  await act(server, closing(createClient(Class, { url: server.url, retry: false })))
  return server.mistakes.splice(0)
}
