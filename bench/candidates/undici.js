// undici alone: what a call costs with nothing around it.
import { Pool } from 'undici'
import { CONNECTIONS, newMember } from '../work.js'

const ACCEPT = ['accept', 'application/json']
const SEND = [...ACCEPT, 'content-type', 'application/json']

/** What both handlers do: gather the body, and settle the call's only promise. */
class Gather {
  chunks = []
  status = 0

  constructor(resolve, reject) {
    this.resolve = resolve
    this.reject = reject
  }

  settle() {
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
}

/** As short as a handler of undici 7's own can be: guise's is of this kind. */
class Handler extends Gather {
  onConnect() {}

  onHeaders(status) {
    this.status = status
    return true
  }

  onData(chunk) {
    this.chunks.push(chunk)
    return true
  }

  onComplete() {
    this.settle()
  }

  onError(error) {
    this.reject(error)
  }
}

/** The same with a controller, as undici 8 knows it alone; undici 7 wraps it. */
class ControlledHandler extends Gather {
  onRequestStart() {}

  onResponseStart(_controller, status) {
    this.status = status
  }

  onResponseData(_controller, chunk) {
    this.chunks.push(chunk)
  }

  onResponseEnd() {
    this.settle()
  }

  onResponseError(_controller, error) {
    this.reject(error)
  }
}

/** `dispatch` with a handler made by hand: the least that undici can be used with. */
export const dispatch = ({ urls }) => dispatching(urls, Handler)
export const controlled = ({ urls }) => dispatching(urls, ControlledHandler)

function dispatching(urls, Made) {
  const pools = urls.map(url => new Pool(url, { connections: CONNECTIONS }))
  const call = (pool, options) =>
    new Promise((resolve, reject) => pool.dispatch(options, new Made(resolve, reject)))
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
