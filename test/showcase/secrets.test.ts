// A15: no token, no cookie and no body in a log or an error.
import { format, inspect } from 'node:util'
import { close, createClient, GuiseError } from 'guise'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ImageClient } from '../../examples/dailyfeed/clients/image.js'
import { MemberClient } from '../../examples/dailyfeed/clients/member.js'
import { connect } from '../../examples/dailyfeed/connect.js'
import { paintFor } from '../../examples/dailyfeed/demo/paint.js'
import { play, scenarios } from '../../examples/dailyfeed/demo/play.js'
import type { Scenario } from '../../examples/dailyfeed/demo/scenario.js'
import { a15, logged } from '../../examples/dailyfeed/demo/secrets.js'
import type { Fault, ImageRoute } from '../../examples/dailyfeed/services/index.js'
import { errorOf, useSettings } from './setting.js'

const settings = useSettings()
const DELETE: ImageRoute = 'POST /api/images/view/command/delete/in'
const CANARY = 'canary-4711'
const json = { 'content-type': 'application/json' }
const headers = { cookie: `refresh_token=${CANARY}` }

afterEach(() => vi.restoreAllMocks())

/** Everything that this process writes by itself. */
function listen() {
  const heard: unknown[][] = []
  const hear = (...args: unknown[]) => {
    heard.push(args)
    return true
  }
  for (const name of ['log', 'info', 'warn', 'error', 'debug', 'trace'] as const)
    vi.spyOn(console, name).mockImplementation(hear)
  vi.spyOn(process.stdout, 'write').mockImplementation(hear)
  vi.spyOn(process.stderr, 'write').mockImplementation(hear)
  vi.spyOn(process, 'emitWarning').mockImplementation(hear)
  return heard
}

/** The demo waits here and there, and on a busy machine for longer. */
const LONG = { timeout: 30_000 }

async function perform(program?: readonly Scenario[]) {
  const lines: string[] = []
  const broken = await play(line => lines.push(line), paintFor(false), program)
  return { broken, lines }
}

describe('A15: the demo', () => {
  it('prints no token, no cookie and no canary, and the library prints nothing at all', LONG, async () => {
    const heard = listen()
    const { broken, lines } = await perform()
    expect(broken).toEqual([])
    expect(heard).toEqual([])
    const text = lines.join('\n')
    expect(text).not.toMatch(/canary|refresh_token|\bt1\b|\bt-(?:oldkey|expired|blacklisted)\b/)
    expect(text).toMatch(/✓ 0 of \d\d errors show one/)
    expect(text).toMatch(/✓ 0 of the \d{3} lines above do/)
    expect(scenarios.at(-1)).toBe(a15)
  })

  const title = 'leaky'
  const here = 'It tells.'
  it.each<[string, Scenario['run'], { errors: number; lines: number }]>([
    [
      'a token in a line',
      async (stage, { strict: { clients } }) => {
        await clients.member.getMember('t2')
        stage.claim('called with t2', true)
      },
      { errors: 0, lines: 1 },
    ],
    [
      'a cookie in a line',
      async (stage, { strict: { clients } }) => {
        await clients.member.getMember('t2')
        stage.claim('sent refresh_token=r-canary', true)
      },
      { errors: 0, lines: 1 },
    ],
    [
      'the body of a request in a line',
      async (stage, { strict: { clients } }) => {
        await clients.member.getMemberList('t2', [1, 2])
        stage.claim('sent {"ids":[1,2]} to member-svc', true)
      },
      { errors: 0, lines: 1 },
    ],
    [
      'a token in a member of an error',
      async (stage, { strict: { clients } }) => {
        await clients.member.getMember('t2')
        stage.errors.push(Object.assign(new Error('quiet'), { request: { authorization: 'Bearer t2' } }))
      },
      { errors: 1, lines: 0 },
    ],
    [
      'the body of an answer in the cause of an error',
      async (stage, { strict: { feed, clients } }) => {
        feed.member.fault('GET /api/members', { status: 404, body: { name: 'kim' } })
        const error = await errorOf(clients.member.getMember('t2'))
        stage.errors.push(error, new Error('outer', { cause: new Error('got {"name":"kim"}') }))
      },
      { errors: 1, lines: 0 },
    ],
  ])('would not let %s pass', async (_name, run, { errors, lines }) => {
    const { broken } = await perform([{ title, here, run }, a15])
    const wanted = [
      ...(errors > 0 ? [expect.stringMatching(`: ${errors} of \\d+ errors show one`)] : []),
      ...(lines > 0 ? [expect.stringMatching(`: ${lines} of the \\d+ lines above do`)] : []),
    ]
    expect(broken).toEqual(wanted)
  })
})

describe('A15: an error', () => {
  const ways: readonly (readonly [string, Fault])[] = [
    ['500 with JSON', { status: 500, body: { secret: CANARY } }],
    ['500 with HTML', { status: 500, body: `<p>${CANARY}`, headers: { 'content-type': 'text/html' } }],
    ['400 with an error envelope', { errorEnvelope: { statusCode: 404, message: CANARY, status: 400 } }],
    ['200 with an error envelope', { errorEnvelope: { statusCode: 503, message: CANARY } }],
    ['401', { status: 401, body: CANARY }],
    ['429', { status: 429, body: { secret: CANARY }, retryAfter: 60 }],
    ['302', { status: 302, headers: { location: `/login?token=${CANARY}` } }],
    ['a body that does not fit', { status: 200, body: { status: 200, result: CANARY, data: CANARY } }],
    ['a body with a name that is none', { status: 200, body: { [CANARY]: CANARY } }],
    ['broken JSON', { status: 200, body: `{"data":"${CANARY}`, headers: json }],
    ['JSON broken at the secret', { status: 200, body: CANARY, headers: json }],
    ['a reset', { resetBeforeHeaders: true }],
    ['half an answer', { resetMidBody: true }],
    ['no answer', { storeThenTimeout: true }],
  ]

  it.each(ways)('of %s shows none, however it is logged', async (_name, fault) => {
    const { feed } = settings.strict
    const timeout = fault.storeThenTimeout ? 300 : 5_000
    const image = createClient(ImageClient, { url: feed.image.url, timeout, retry: false, headers })
    feed.image.fault(DELETE, {
      ...fault,
      headers: { 'set-cookie': `refresh_token=${CANARY}`, ...fault.headers },
    })
    const error = await errorOf(
      image.deleteImagesBulkRequest(CANARY, [`/api/images/view/${CANARY}.png`]).then(String),
    )
    expect(error).toBeInstanceOf(GuiseError)
    expectQuiet(error)
    expect(feed.image.received[0]?.headers).toMatchObject({ authorization: `Bearer ${CANARY}`, ...headers })
    expect(feed.image.received[0]?.body).toContain(CANARY)
    await close(image)
  })

  it('of a service that is gone, of a bad argument and of a query shows none', async () => {
    const { feed } = settings.strict
    const member = createClient(MemberClient, { url: feed.member.url, retry: false, headers })
    expectQuiet(await errorOf(member.getMember(`${CANARY}\n`)))
    expectQuiet(await errorOf(member.getMemberList(CANARY, [CANARY as unknown as number])))
    expectQuiet(await errorOf(member.getMemberById(CANARY, { [CANARY]: CANARY } as unknown as number)))
    expectQuiet(await errorOf(member.getMyFollowersMore(CANARY, { sort: CANARY })))
    await feed.member.kill()
    expectQuiet(await errorOf(member.getMyFollowersMore(CANARY, { sort: CANARY })))
    await feed.member.restart()
    await close(member)
  })

  it('is what is shown on purpose where somebody asks it', async () => {
    const { feed, clients } = settings.strict
    feed.image.fault(DELETE, { status: 409, body: { secret: CANARY } })
    expect(await errorOf(clients.image.deleteImagesBulkRequest('t1', []))).toMatchObject({
      body: { secret: CANARY },
    })
  })

  it('and a client, inspected, show no header that was set once for all', async () => {
    const clients = connect(settings.strict.feed, { headers })
    for (const text of [inspect(clients, { depth: null, showHidden: true }), JSON.stringify(clients)])
      expect(text).not.toContain(CANARY)
    await clients.close()
  })
})

function expectQuiet(error: unknown) {
  for (const text of [...logged(error), format('%s %o %O %j', error, error, error, error)])
    expect(text).not.toContain(CANARY)
}
