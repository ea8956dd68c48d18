// axios, and the clients that stand on it.
import { Agent } from 'node:http'
import { Zodios } from '@zodios/core'
import axios from 'axios'
import retrofit from 'ts-retrofit'
import { z } from 'zod'
import { CONNECTIONS, Member, Members, newMember } from '../work.js'

const agent = () => new Agent({ keepAlive: true, maxSockets: CONNECTIONS })

const nullAt404 = promise =>
  promise.catch(error => {
    if (error.response?.status === 404) return null
    throw error
  })

/** axios alone, on a keep-alive agent. */
export function bare({ urls }) {
  const services = urls.map(baseURL => axios.create({ baseURL, httpAgent: agent() }))
  const get = async (http, url, config) => (await http.get(url, config)).data
  return {
    get: () => get(services[0], `/api/members/${7}`),
    list: () => get(services[0], '/api/members', { params: { page: 1, size: 34 } }),
    post: async () => (await services[0].post('/api/members', newMember)).data,
    missing: () => nullAt404(get(services[0], `/api/members/${404}`)),
    fan: () => Promise.all(services.map(http => get(http, `/api/members/${7}`))),
  }
}

/** zodios validates answers unless told otherwise; its own zod is the one of all others here. */
export function zodios({ urls }) {
  const api = [
    { method: 'get', path: '/api/members/:id', alias: 'byId', response: Member },
    {
      method: 'get',
      path: '/api/members',
      alias: 'list',
      response: Members,
      parameters: [
        { name: 'page', type: 'Query', schema: z.number() },
        { name: 'size', type: 'Query', schema: z.number() },
      ],
    },
    {
      method: 'post',
      path: '/api/members',
      alias: 'create',
      response: Member,
      parameters: [{ name: 'body', type: 'Body', schema: z.object({}).loose() }],
    },
  ]
  const services = urls.map(url => new Zodios(url, api, { axiosConfig: { httpAgent: agent() } }))
  return {
    get: () => services[0].byId({ params: { id: 7 } }),
    list: () => services[0].list({ queries: { page: 1, size: 34 } }),
    post: () => services[0].create(newMember),
    missing: () => nullAt404(services[0].byId({ params: { id: 404 } })),
    fan: () => Promise.all(services.map(members => members.byId({ params: { id: 7 } }))),
  }
}

/** ts-retrofit, with its decorators applied by hand, on Node's own keep-alive agent. Its methods are never run. */
export function tsRetrofit({ urls }) {
  const { BaseService, BasePath, Body, GET, POST, Path, Query, ServiceBuilder } = retrofit
  class Members extends BaseService {
    async byId() {}
    async list() {}
    async create() {}
  }
  Path('id')(Members.prototype, 'byId', 0)
  GET('/{id}')(Members.prototype, 'byId')
  Query('page')(Members.prototype, 'list', 0)
  Query('size')(Members.prototype, 'list', 1)
  GET('')(Members.prototype, 'list')
  Body(Members.prototype, 'create', 0)
  POST('')(Members.prototype, 'create')
  BasePath('/api/members')(Members)
  const services = urls.map(url => new ServiceBuilder().setEndpoint(url).setStandalone(true).build(Members))
  return {
    get: async () => (await services[0].byId(7)).data,
    list: async () => (await services[0].list(1, 34)).data,
    post: async () => (await services[0].create(newMember)).data,
    missing: () => nullAt404(services[0].byId(404).then(({ data }) => data)),
    fan: () => Promise.all(services.map(async members => (await members.byId(7)).data)),
  }
}
