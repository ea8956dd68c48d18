// guise, from the built files. The benches are plain JavaScript, so the decorators are applied by hand.
import { Body, Client, createClient, Get, Param, Post, Responses, remote, returns } from '../../dist/index.js'
import {
  CONNECTIONS,
  DELAY,
  Member,
  Members,
  NEVER_OPENS,
  newMember,
  OPENS_SOON,
  RETRIES,
  STAYS_OPEN,
} from '../work.js'

export class MemberClient {
  byId(id) {
    return remote(id)
  }

  list(page, size) {
    return remote(page, size)
  }

  create(member) {
    return remote(member)
  }
}

/** Decorates a method, and its parameters in their order. */
export function declare(Class, name, decorators, parameters) {
  const method = Object.getOwnPropertyDescriptor(Class.prototype, name)
  for (const [index, bind] of parameters.entries()) bind(Class.prototype, name, index)
  for (const decorate of decorators) decorate(Class.prototype, name, method)
}

declare(
  MemberClient,
  'byId',
  [Get('/{memberId}'), Responses({ 200: Member, 404: returns(null) })],
  [Param('memberId')],
)
declare(
  MemberClient,
  'list',
  [Get('{?page,size}'), Responses({ 200: Members })],
  [Param('page'), Param('size')],
)
declare(MemberClient, 'create', [Post(), Responses({ 201: Member })], [Body()])
Client({ name: 'member', path: '/api/members' })(MemberClient)

function guises({ urls }, optionsWith) {
  const client = (url, volume) =>
    createClient(MemberClient, { url, connections: CONNECTIONS, ...optionsWith(volume) })
  const members = urls.map(url => client(url, NEVER_OPENS))
  return { members, fragile: client(urls[0], OPENS_SOON) }
}

function calls({ members: services, fragile }) {
  const [members] = services
  return {
    get: () => members.byId(7),
    list: () => members.list(1, 34),
    post: () => members.create(newMember),
    missing: () => members.byId(404),
    fan: () => Promise.all(services.map(each => each.byId(7))),
    failing: () => members.byId(503),
    refused: () => fragile.byId(503),
  }
}

/** The schema and the timeouts, which are always on. */
export function plain(where) {
  const { failing, refused, ...others } = calls(guises(where, () => ({ retry: false })))
  return others
}

/** Schema, timeouts, retry and circuit breaker. The failing row sends all its retries, so the budget allows them. */
export function armed(where) {
  return calls(
    guises(where, volume => ({
      retry: {
        retries: RETRIES,
        minDelay: DELAY,
        maxDelay: DELAY,
        budget: { ratio: RETRIES, perSecond: 10_000 },
      },
      circuitBreaker: { volume, resetAfter: STAYS_OPEN },
    })),
  )
}

/** A guise without retry, which is on by default, unless the options bring it. */
const policy = options => where => {
  const { get } = calls(guises(where, () => ({ retry: false, ...options(where) })))
  return { get }
}

const circuitBreaker = { volume: NEVER_OPENS }
const bulkhead = { concurrent: 1_000, queue: 1_000 }
const fallback = { byId: () => null }

/** What each policy costs by itself: `npm run bench -- --policies`. */
export const timeouts = policy(() => ({}))
export const retry = policy(() => ({ retry: {} }))
export const breaker = policy(() => ({ circuitBreaker }))
export const bulkheads = policy(() => ({ bulkhead }))
export const fallbacks = policy(() => ({ fallback }))
export const addresses = policy(({ urls: [url] }) => ({ url: [url, url.replace('127.0.0.1', 'localhost')] }))
export const interceptor = policy(() => ({ use: [(request, next) => next(request)] }))
export const all = policy(() => ({ retry: {}, circuitBreaker, bulkhead, fallback }))
