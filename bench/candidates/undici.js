// undici alone: what a call costs with nothing around it.
import { Pool } from 'undici'
import { CONNECTIONS, newMember } from '../work.js'

const ACCEPT = ['accept', 'application/json']
const SEND = [...ACCEPT, 'content-type', 'application/json']

/** A handler as short as undici's handler API allows: it gathers the body, and settles the call's only promise. */
class Gather {
  chunks = []
  status = 0

  constructor(resolve, reject) {
    this.resolve = resolve
    this.reject = reject
  }

  onRequestStart() {}

  onResponseStart(_controller, status) {
    this.status = status
  }

  onResponseData(_controller, chunk) {
    this.chunks.push(chunk)
  }

  onResponseEnd() {
    const { chunks, status } = this
    try {
      if (status === 404) return this.resolve(null)
      if (status >= 400) return this.reject(new Error(`status ${status}`))
      const bytes = chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)
      this.resolve(JSON.parse(bytes.toString()))
    } catch (error) {
      this.reject(error)
    }
  }

  onResponseError(_controller, error) {
    this.reject(error)
  }
}

/** `dispatch` with a handler made by hand: the least that undici can be used with. */
export function dispatch({ urls }) {
  const pools = urls.map(url => new Pool(url, { connections: CONNECTIONS }))
  const call = (pool, options) =>
    new Promise((resolve, reject) => pool.dispatch(options, new Gather(resolve, reject)))
  const get = (pool, path) => call(pool, { path, method: 'GET', headers: ACCEPT })
  return {
    get: () => get(pools[0], `/api/members/${7}`),
    list: () => get(pools[0], `/api/members?page=${1}&size=${34}`),
    post: () =>
      call(pools[0], {
        path: '/api/members',
        method: 'POST',
        headers: SEND,
        body: JSON.stringify(newMember),
      }),
    missing: () => get(pools[0], `/api/members/${404}`),
    fan: () => Promise.all(pools.map(pool => get(pool, `/api/members/${7}`))),
  }
}

/** `pool.request` with `body.json()`, as undici's documentation has it: the baseline. */
export function request({ urls }) {
  const pools = urls.map(url => new Pool(url, { connections: CONNECTIONS }))
  const headers = { accept: 'application/json' }
  const get = async (pool, path) => {
    const { statusCode, body } = await pool.request({ path, method: 'GET', headers })
    if (statusCode === 404) {
      await body.dump()
      return null
    }
    return body.json()
  }
  return {
    get: () => get(pools[0], `/api/members/${7}`),
    list: () => get(pools[0], `/api/members?page=${1}&size=${34}`),
    post: async () => {
      const { body } = await pools[0].request({
        path: '/api/members',
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify(newMember),
      })
      return body.json()
    },
    missing: () => get(pools[0], `/api/members/${404}`),
    fan: () => Promise.all(pools.map(pool => get(pool, `/api/members/${7}`))),
  }
}
