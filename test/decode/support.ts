/** A class with one route and a response table of the test's choice, and what becomes of one answer to it. */
import { Client, createClient, Get, Responses, type ResponseTable, remote } from 'guise'
import { type MockAnswer, mockTransport } from 'guise/testing'

/** `own` stands on the method, `shared` on its class. */
export function probe(own: ResponseTable, shared: ResponseTable = {}) {
  @Client({ name: 'probe' })
  @Responses(shared as never)
  class Probe {
    @Get('/p')
    @Responses(own as never)
    call(): Promise<unknown> {
      return remote()
    }
  }
  return Probe
}

/** Calls the route of {@link probe} and answers it. */
export function call(own: ResponseTable, answer: MockAnswer, shared?: ResponseTable): Promise<unknown> {
  return clientOf(own, answer, shared).call()
}

/** Nothing is repeated: these tests are about single answers. */
export function clientOf(own: ResponseTable, answer: MockAnswer, shared?: ResponseTable) {
  return createClient(probe(own, shared), { url: 'http://h', transport: mockTransport(answer), retry: false })
}

/** What a call rejects with; fails the test if it resolves. */
export async function rejection<E = Error>(promise: Promise<unknown>): Promise<E> {
  let value: unknown
  try {
    value = await promise
  } catch (error) {
    return error as E
  }
  throw new Error(`the call resolved to ${JSON.stringify(value)} and should have rejected`)
}
