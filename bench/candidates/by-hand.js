// The stack that guise replaces, wired by hand: undici or axios, zod, p-retry and opossum.

import { EventEmitter } from 'node:events'
import { Agent } from 'node:http'
import axios from 'axios'
import axiosRetry from 'axios-retry'
import CircuitBreaker from 'opossum'
import pRetry from 'p-retry'
import { Pool } from 'undici'
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

const ACCEPT = { accept: 'application/json' }
const SEND = { ...ACCEPT, 'content-type': 'application/json' }
const isWorthRetrying = ({ error }) => error.code !== 'EOPENBREAKER'

/** What both undici stacks have in common: each attempt through the breaker, and p-retry around it. */
function undiciStack({ urls }, { attempt, breakerOptions, retryOptions }) {
  const service = (url, volumeThreshold = NEVER_OPENS) => {
    const pool = new Pool(url, { connections: CONNECTIONS })
    const breaker = new CircuitBreaker(options => attempt(pool, options), {
      ...breakerOptions,
      volumeThreshold,
      resetTimeout: STAYS_OPEN,
    })
    return options => pRetry(() => breaker.fire(options), retryOptions)
  }
  const services = urls.map(url => service(url))
  const fragile = service(urls[0], OPENS_SOON)
  const get = (send, path, schema) => send({ path, method: 'GET', headers: ACCEPT, schema })
  return {
    get: () => get(services[0], `/api/members/${7}`, Member),
    list: () => get(services[0], `/api/members?page=${1}&size=${34}`, Members),
    post: () =>
      services[0]({
        path: '/api/members',
        method: 'POST',
        headers: SEND,
        body: JSON.stringify(newMember),
        schema: Member,
      }),
    missing: () => get(services[0], `/api/members/${404}`, Member),
    fan: () => Promise.all(services.map(send => get(send, `/api/members/${7}`, Member))),
    failing: () => get(services[0], `/api/members/${503}`, Member),
    refused: () => get(fragile, `/api/members/${503}`, Member),
  }
}

async function answerOf({ statusCode, body }, schema) {
  if (statusCode === 404) {
    await body.dump()
    return null
  }
  if (statusCode >= 400) {
    await body.dump()
    throw new Error(`status ${statusCode}`)
  }
  return schema.parse(await body.json())
}

/** As people write it: the defaults of each library, and a signal for each attempt's timeout. */
export function written(where) {
  return undiciStack(where, {
    attempt: async (pool, { schema, ...options }) =>
      answerOf(await pool.request({ ...options, signal: AbortSignal.timeout(5_000) }), schema),
    breakerOptions: {},
    retryOptions: { retries: RETRIES, minTimeout: DELAY, maxTimeout: DELAY, shouldRetry: isWorthRetrying },
  })
}

/** Bounds an attempt exactly: undici's own timeouts are coarse, and begin anew with each chunk. */
function inTime(attempt, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the attempt took too long')), milliseconds)
    attempt.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

/**
 * As an expert tunes it: no signals, but a timer an attempt, and undici's own timeouts to free the connection; an opossum
 * without timers, percentiles and snapshots, and every option of p-retry given, since it would fill the others in on
 * each call.
 */
export function tuned(where) {
  const rotation = new EventEmitter().setMaxListeners(0)
  setInterval(() => rotation.emit('rotate'), 1_000).unref()
  return undiciStack(where, {
    attempt: (pool, { path, method, headers, body, schema }) =>
      inTime(
        pool
          .request({ path, method, headers, body, headersTimeout: 5_000, bodyTimeout: 5_000 })
          .then(response => answerOf(response, schema)),
        5_000,
      ),
    breakerOptions: {
      timeout: false,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
      rotateBucketController: rotation,
    },
    retryOptions: {
      retries: RETRIES,
      factor: 2,
      minTimeout: DELAY,
      maxTimeout: DELAY,
      maxRetryTime: Number.POSITIVE_INFINITY,
      randomize: false,
      unref: false,
      signal: undefined,
      onFailedAttempt: () => {},
      shouldRetry: isWorthRetrying,
      shouldConsumeRetry: () => true,
    },
  })
}

/** The same on axios: axios-retry inside the breaker, as its documentation has it. */
export function onAxios({ urls }) {
  const service = (url, volumeThreshold = NEVER_OPENS) => {
    const http = axios.create({
      baseURL: url,
      timeout: 5_000,
      httpAgent: new Agent({ keepAlive: true, maxSockets: CONNECTIONS }),
      headers: ACCEPT,
    })
    axiosRetry(http, { retries: RETRIES, retryDelay: () => DELAY })
    const breaker = new CircuitBreaker(
      async ({ schema, ...config }) => {
        try {
          const { data } = await http.request(config)
          return schema.parse(data)
        } catch (error) {
          if (error.response?.status === 404) return null
          throw error
        }
      },
      { volumeThreshold, resetTimeout: STAYS_OPEN },
    )
    return config => breaker.fire(config)
  }
  const services = urls.map(url => service(url))
  const fragile = service(urls[0], OPENS_SOON)
  return {
    get: () => services[0]({ url: `/api/members/${7}`, schema: Member }),
    list: () => services[0]({ url: '/api/members', params: { page: 1, size: 34 }, schema: Members }),
    post: () => services[0]({ url: '/api/members', method: 'POST', data: newMember, schema: Member }),
    missing: () => services[0]({ url: `/api/members/${404}`, schema: Member }),
    fan: () => Promise.all(services.map(send => send({ url: `/api/members/${7}`, schema: Member }))),
    failing: () => services[0]({ url: `/api/members/${503}`, schema: Member }),
    refused: () => fragile({ url: `/api/members/${503}`, schema: Member }),
  }
}
