// The guard before a service: A11 and A12.
import type { Fault } from '../services/index.js'
import { type Answer, ask, type Guarded, startGuarded } from './guarded.js'
import { type Scenario, type Setting, SUMMARY } from './scenario.js'

const REFRESH = 'x-token-refresh-needed'
const RELOGIN = 'x-relogin-required'

/** Runs with a guarded service that is closed afterwards. */
async function guarded({ clients }: Setting, run: (service: Guarded) => Promise<void>): Promise<void> {
  const service = await startGuarded(clients.member)
  try {
    await run(service)
  } finally {
    await service.close()
  }
}

export const a11: Scenario = {
  title: 'A11  The guard answers 503 where member-svc has no answer',
  there: 'dailyfeed: any JSON object under a 5xx was a caller of null, and the handler ran for nobody.',
  here: 'Here: the guard has a member or an error. The caller of the guarded service gets 503, its handler never runs.',
  run: (stage, { legacy }) =>
    guarded(legacy, async service => {
      const { member } = legacy.feed
      const call = () => ask(service, 't1')
      const cases: readonly [Fault, number][] = [
        [{ status: 500, body: { any: 'JSON object' } }, 500],
        [{ htmlError: 500 }, 500],
        [{ emptyError: 500 }, 500],
        [{ status: 302, headers: { location: '/login' } }, 302],
      ]
      for (const [fault, wire] of cases) {
        const gets = ({ status }: Answer) => status === 503
        await stage.call({ service: member, fault: [SUMMARY, fault], wire, call, gets })
      }
      stage.claim(`the handler ran ${service.handled.length} times`, service.handled.length === 0)
      await stage.call({ service: member, call, gets: ({ body }) => body === 'hello kim' })
      stage.claim('with member-svc well again it ran once', service.handled.join() === '1')
    }),
}

export const a12: Scenario = {
  title: 'A12  What member-svc says of a token reaches the browser',
  there:
    'dailyfeed: copied by hand, from a 401 only. A token due for a refresh was found out when it had expired.',
  here: 'Here: clients name the headers once, and inbound() puts them on the response being made, whatever its status.',
  run: (stage, { legacy }) =>
    guarded(legacy, async service => {
      const cases: readonly [string, number, Record<string, string>][] = [
        ['t1', 200, {}],
        ['t-oldkey', 200, { [REFRESH]: 'true' }],
        ['t-expired', 401, { [REFRESH]: 'true' }],
        ['t-blacklisted', 401, { [RELOGIN]: 'true' }],
      ]
      for (const [token, wire, wanted] of cases) {
        await stage.call({
          ...{ service: legacy.feed.member, wire, call: () => ask(service, token) },
          gets: ({ status, headers, body }) =>
            status === wire &&
            JSON.stringify(headers) === JSON.stringify(wanted) &&
            body === (wire === 200 ? 'hello kim' : ''),
        })
      }
      stage.claim('the handler ran for the two that are good', service.handled.join() === '1,1')
    }),
}
