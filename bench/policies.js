// What each policy costs by itself, and all of them together, over a GET of 300 B with a schema.
import { close, createClient } from 'guise'
import { Pool } from 'undici'
import { MemberClient } from './declared.js'
import { compare, startServer } from './harness.js'

const server = await startServer()
const pool = new Pool(server.url, { connections: 64 })
const headers = { accept: 'application/json' }
const clients = []

/** A call through a client with these options; without retry, which is on by default, unless they bring it. */
function guise(options) {
  const members = createClient(MemberClient, { url: server.url, retry: false, ...options })
  clients.push(members)
  return () => members.byId(7)
}

const circuitBreaker = { volume: 10, errorThreshold: 50 }
const bulkhead = { concurrent: 1000, queue: 1000 }
const pass = (request, next) => next(request)

const candidates = {
  'pool.request + body.json()': async () => {
    const { body } = await pool.request({ path: '/api/members/7', method: 'GET', headers })
    return body.json()
  },
  'guise: timeouts alone': guise({}),
  '+ retry': guise({ retry: {} }),
  '+ circuit breaker': guise({ circuitBreaker }),
  '+ bulkhead': guise({ bulkhead }),
  '+ fallback': guise({ fallback: { byId: () => null } }),
  '+ two addresses': guise({ url: [server.url, server.url.replace('127.0.0.1', 'localhost')] }),
  '+ one interceptor': guise({ use: [pass] }),
  'all but the interceptor': guise({ retry: {}, circuitBreaker, bulkhead, fallback: { byId: () => null } }),
}

console.log('\nGET 300 B, 64 in flight')
console.table(await compare(candidates, { count: 5000, rounds: 15 }))
await Promise.all(clients.map(close))
await pool.close()
server.stop()
