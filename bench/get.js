// A GET of 300 B of JSON: a guise with a schema against undici's own request with body.json(), which checks nothing.
import { close, createClient } from 'guise'
import { Pool } from 'undici'
import { MemberClient } from './declared.js'
import { compare, startServer } from './harness.js'

const server = await startServer()
const pool = new Pool(server.url, { connections: 64 })
const members = createClient(MemberClient, { url: server.url })
const headers = { accept: 'application/json' }

const candidates = {
  'pool.request + body.json()': async () => {
    const { body } = await pool.request({ path: '/api/members/7', method: 'GET', headers })
    return body.json()
  },
  'guise, with a schema': () => members.byId(7),
}

for (const width of [64, 1]) {
  console.log(`\nGET 300 B, ${width} in flight`)
  console.table(await compare(candidates, { width, count: width === 1 ? 1500 : 6000 }))
}
await close(members)
await pool.close()
server.stop()
