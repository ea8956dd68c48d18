// Tokens and their headers: B8 and B12.
import { Unauthorized } from '../clients/errors.js'
import type { Scenario } from './scenario.js'

export const b8: Scenario = {
  title: 'B8  What is said of a token reaches the caller, on every status',
  there: 'dailyfeed: X-Token-Refresh-Needed was passed on from a 401 only, and X-Relogin-Required never.',
  here: 'Here: the success hands out its checked headers, and Unauthorized carries the same two answers.',
  async run(stage, { legacy: { feed, clients } }) {
    const service = feed.member
    await stage.call({
      ...{ service, call: () => clients.member.getMyProfileSummary('t-oldkey') },
      gets: ({ headers }) => headers.refreshNeeded && !headers.reloginRequired,
    })
    for (const [what, token, name] of [
      ['expired', 't-expired', 'refreshNeeded'],
      ['blacklisted', 't-blacklisted', 'reloginRequired'],
    ] as const) {
      const call = () => clients.member.getMyProfileSummary(token)
      const { error } = await stage.call({ service, call, wire: 401, gets: { error: Unauthorized } })
      stage.claim(`${what}: error.token.${name} is true`, error instanceof Unauthorized && error.token[name])
    }
  },
}

export const b12: Scenario = {
  title: 'B12  One Bearer, however the token came',
  there: 'dailyfeed: the raw header was passed on as a token, and "Bearer Bearer x" went over the wire.',
  here: 'Here: @Bearer() adds the scheme where it is missing. These services are strict, and would refuse a doubled one.',
  async run(stage, { strict: { feed, clients } }) {
    for (const [what, token] of [
      ['the bare token', 't1'],
      ['the whole header', 'Bearer t1'],
    ] as const) {
      const { requests } = await stage.call({
        ...{ service: feed.member, call: () => clients.member.getMember(token) },
        gets: ({ id }) => id === 1,
      })
      const sent = requests[0]?.headers.authorization
      stage.claim(`given ${what}, sent one Bearer and the token`, sent === 'Bearer t1')
    }
  },
}
