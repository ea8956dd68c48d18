// The fetch of Node, and the clients that stand on it. It opens as many connections as there are calls in flight.
import { initClient, initContract } from '@ts-rest/core'
import ky from 'ky'
import { ofetch } from 'ofetch'
import createOpenApiClient from 'openapi-fetch'
import { DELAY, Member, Members, newMember, RETRIES } from '../work.js'

const SEND = { 'content-type': 'application/json' }

/** fetch and `response.json()`. */
export function bare({ urls }) {
  const get = async url => {
    const response = await fetch(url)
    if (response.status === 404) {
      await response.body?.cancel()
      return null
    }
    return response.json()
  }
  return {
    get: () => get(`${urls[0]}/api/members/${7}`),
    list: () => get(`${urls[0]}/api/members?page=${1}&size=${34}`),
    post: async () => {
      const body = JSON.stringify(newMember)
      return (await fetch(`${urls[0]}/api/members`, { method: 'POST', headers: SEND, body })).json()
    },
    missing: () => get(`${urls[0]}/api/members/${404}`),
    fan: () => Promise.all(urls.map(url => get(`${url}/api/members/${7}`))),
  }
}

/** ky: its retry and its timeout of 10 s are on by default, and stay on. */
export function kyClient({ urls }) {
  const services = urls.map(prefixUrl =>
    ky.create({ prefixUrl, retry: { limit: RETRIES, delay: () => DELAY, jitter: false } }),
  )
  return {
    get: () => services[0].get(`api/members/${7}`).json(),
    list: () => services[0].get('api/members', { searchParams: { page: 1, size: 34 } }).json(),
    post: () => services[0].post('api/members', { json: newMember }).json(),
    missing: async () => {
      const response = await services[0].get(`api/members/${404}`, { throwHttpErrors: false })
      if (response.status !== 404) return response.json()
      await response.body?.cancel()
      return null
    },
    fan: () => Promise.all(services.map(service => service.get(`api/members/${7}`).json())),
    failing: () => services[0].get(`api/members/${503}`).json(),
  }
}

/** ofetch: retries GET on its own. */
export function ofetchClient({ urls }) {
  const services = urls.map(baseURL => ofetch.create({ baseURL, retry: RETRIES, retryDelay: DELAY }))
  return {
    get: () => services[0](`/api/members/${7}`),
    list: () => services[0]('/api/members', { query: { page: 1, size: 34 } }),
    post: () => services[0]('/api/members', { method: 'POST', body: newMember }),
    missing: async () => {
      const response = await services[0].raw(`/api/members/${404}`, { ignoreResponseError: true })
      return response.status === 404 ? null : response._data
    },
    fan: () => Promise.all(services.map(service => service(`/api/members/${7}`))),
    failing: () => services[0](`/api/members/${503}`),
  }
}

/** ts-rest: statuses as a union, no validation, which is its default. */
export function tsRest({ urls }) {
  const contract = initContract().router({
    byId: { method: 'GET', path: '/api/members/:id', responses: { 200: Member } },
    list: { method: 'GET', path: '/api/members', responses: { 200: Members } },
    create: { method: 'POST', path: '/api/members', body: null, responses: { 201: Member } },
  })
  const services = urls.map(baseUrl => initClient(contract, { baseUrl, baseHeaders: {} }))
  const byId = async (service, id) => {
    const { status, body } = await service.byId({ params: { id } })
    return status === 404 ? null : body
  }
  return {
    get: () => byId(services[0], '7'),
    list: async () => (await services[0].list({ query: { page: 1, size: 34 } })).body,
    post: async () => (await services[0].create({ body: newMember })).body,
    missing: () => byId(services[0], '404'),
    fan: () => Promise.all(services.map(service => byId(service, '7'))),
  }
}

/** openapi-fetch: types at compile time, and no validation. */
export function openapiFetch({ urls }) {
  const services = urls.map(baseUrl => createOpenApiClient({ baseUrl }))
  const byId = async (service, id) => {
    const { data, response } = await service.GET('/api/members/{id}', { params: { path: { id } } })
    return response.status === 404 ? null : data
  }
  return {
    get: () => byId(services[0], 7),
    list: async () =>
      (await services[0].GET('/api/members', { params: { query: { page: 1, size: 34 } } })).data,
    post: async () => (await services[0].POST('/api/members', { body: newMember })).data,
    missing: () => byId(services[0], 404),
    fan: () => Promise.all(services.map(service => byId(service, 7))),
  }
}
