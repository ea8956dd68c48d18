// got, on a keep-alive agent; its retry is on by default, and stays on.
import { Agent } from 'node:http'
import got from 'got'
import { CONNECTIONS, DELAY, newMember, RETRIES } from '../work.js'

export function client({ urls }) {
  const services = urls.map(prefixUrl =>
    got.extend({
      prefixUrl,
      responseType: 'json',
      resolveBodyOnly: true,
      agent: { http: new Agent({ keepAlive: true, maxSockets: CONNECTIONS }) },
      retry: { limit: RETRIES, calculateDelay: ({ computedValue }) => computedValue && DELAY },
    }),
  )
  return {
    get: () => services[0].get(`api/members/${7}`),
    list: () => services[0].get('api/members', { searchParams: { page: 1, size: 34 } }),
    post: () => services[0].post('api/members', { json: newMember }),
    missing: async () => {
      const options = { throwHttpErrors: false, resolveBodyOnly: false }
      const { statusCode, body } = await services[0].get(`api/members/${404}`, options)
      return statusCode === 404 ? null : body
    },
    fan: () => Promise.all(services.map(service => service.get(`api/members/${7}`))),
    failing: () => services[0].get(`api/members/${503}`),
  }
}
