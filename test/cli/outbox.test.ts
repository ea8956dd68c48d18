// `guise outbox`: what an operator sees, and what he can do.
import { describe, expect, it } from 'vitest'
import type { Settlement } from '../../src/outbox/store.js'
import { delivery, NOW, opened, run } from './support.js'

const by = ['--actor', 'kim', '--reason', 'fixed the receiver']

async function stocked() {
  const world = await opened()
  const { store } = world
  await store.record([
    delivery({ id: 'msg_wait' }),
    delivery({ id: 'msg_both', dead: 'rejected' }),
    delivery({ id: 'msg_both', target: 'ads', dead: 'rejected' }),
    delivery({ id: 'msg_gone', dead: 'gone', createdAt: NOW - 90_061_000 }),
    delivery({ id: 'msg_sent', target: 'ads', nextAttemptAt: NOW - 200_000 }),
  ])
  const targets = [{ target: 'ads', limit: 1, leaseUntil: NOW + 1000 }]
  const [claimed] = await store.claim({ owner: 'w', now: NOW - 60_000, targets })
  const settlement: Settlement = {
    seq: claimed?.seq as number,
    fence: claimed?.fence as number,
    now: NOW - 59_000,
    state: 'delivered',
    reason: null,
    nextAttemptAt: null,
    refund: false,
    status: 201,
    error: null,
    receipt: 'state=processed',
  }
  expect(await store.settle([settlement])).toEqual([true])
  return world
}

describe('stats', () => {
  it('is a table of the targets', async () => {
    const { run, store, closed } = await stocked()
    await store.pause('ads', { actor: 'a', reason: 'r', now: NOW })
    expect(await run('stats')).toEqual({
      code: 0,
      err: '',
      out: [
        'TARGET    PENDING  IN FLIGHT  DELIVERED  DEAD  CANCELLED  OLDEST PENDING  PAUSED',
        'activity        1          0          0     2          0  3m 12s          -',
        'ads             0          0          1     1          0  -               yes',
        '',
      ].join('\n'),
    })
    expect(closed()).toBe(1)
  })

  it('says that there is nothing', async () => {
    const { run } = await opened()
    expect((await run('stats')).out).toBe('nothing is recorded\n')
    expect((await run('dead')).out).toBe('no delivery is dead\n')
  })

  it('is JSON on demand', async () => {
    const { run } = await stocked()
    expect(JSON.parse((await run('stats', '--json')).out)).toMatchObject([
      { target: 'activity', pending: 1, dead: 2 },
      { target: 'ads', delivered: 1, dead: 1 },
    ])
  })
})

describe('dead', () => {
  it('lists dead deliveries, page by page, without headers, bodies and queries', async () => {
    const { run } = await stocked()
    const { out, code } = await run('dead', '--limit', '2')
    expect(code).toBe(0)
    expect(out).toBe(
      [
        'SEQ  ID        TARGET    METHOD              REASON    SENT  REPLAYS  STATUS  ERROR  RECORDED',
        '  2  msg_both  activity  PostEvents.created  rejected     0        0  -       -      3m 12s ago',
        '  3  msg_both  ads       PostEvents.created  rejected     0        0  -       -      3m 12s ago',
        'there may be more: --after 3',
        '',
      ].join('\n'),
    )
    const rest = await run('dead', '--limit', '2', '--after', '3')
    expect(rest.out).toContain('msg_gone')
    expect(rest.out).toContain('1d 1h ago')
    expect(rest.out).not.toContain('there may be more')
    const { rows, next } = JSON.parse((await run('dead', '--json', '--limit', '1', '--target', 'ads')).out)
    expect(rows).toMatchObject([{ id: 'msg_both', target: 'ads', path: '/posts/7/events' }])
    expect(next).toBe(3)
    expect(JSON.stringify(rows)).not.toContain('canary')
    expect(JSON.parse((await run('dead', '--json')).out).next).toBe(null)
  })

  it.each(['0', '1001', '1.5', '-1', 'ten', ''])('refuses the limit %j', async limit => {
    const { run, closed } = await stocked()
    const { code, err } = await run('dead', `--limit=${limit}`)
    expect([code, err]).toEqual([2, 'guise: --limit must be a whole number from 1 to 1000\n'])
    expect(closed()).toBe(0)
  })
})

describe('show', () => {
  it('tells of each delivery of a message whether it was sent, received, and will be sent again', async () => {
    const { run } = await stocked()
    const sent = await run('show', 'msg_sent')
    expect(sent.out).toBe(
      [
        'id            msg_sent',
        'target        ads',
        'state         delivered',
        'request       PostEvents.created, POST /posts/7/events',
        'attempts      1 of 10',
        'sent          1 in all, replayed 0 times',
        'recorded      3m 12s ago, seq 5',
        'first sent    1m ago',
        'delivered     59s ago',
        'last status   201',
        'receipt       state=processed',
        '',
      ].join('\n'),
    )
    const waiting = await run('show', 'msg_wait')
    expect(waiting.out).toContain('next attempt  3m 12s ago')
    expect(waiting.out).toContain('expires       in 1h\n')
    const both = await run('show', 'msg_both')
    expect(both.out.match(/^state +dead \(rejected\)$/gm)).toHaveLength(2)
    expect(JSON.parse((await run('show', 'msg_both', '--json')).out)).toHaveLength(2)
    expect([sent, waiting, both].map(({ out }) => out).join()).not.toContain('canary')
  })

  it('knows what is not there', async () => {
    const { run, closed } = await stocked()
    expect(await run('show', 'msg_x')).toEqual({
      code: 1,
      out: '',
      err: 'guise: there is no message msg_x\n',
    })
    expect(closed()).toBe(1)
  })

  it('writes nothing that a terminal would act on', async () => {
    const { run, store } = await opened()
    await store.record([delivery({ id: 'a', orderKey: '\u001b[2J\u202ekey\nx' })])
    expect((await run('show', 'a')).out).toContain('order key     ?[2J?key?x\n')
  })
})

describe('replay and cancel', () => {
  it('replay dead messages for all targets, or one, and say what became of each', async () => {
    const { run, store } = await stocked()
    const { code, out } = await run('replay', 'msg_both', 'msg_wait', 'msg_x', 'msg_x', 'msg_both', ...by)
    expect(out.split('\n').sort()).toEqual([
      '',
      'msg_both to activity: done',
      'msg_both to ads: done',
      'msg_wait to activity: left alone: it is not in the state for it',
      'msg_x: there is no such message',
    ])
    expect(code).toBe(1)
    expect(await store.find('msg_both')).toMatchObject([
      { state: 'pending', generation: 1, maxAttempts: 3, expiresAt: NOW + 86_400_000 },
      { state: 'pending', generation: 1 },
    ])
  })

  it('replay gives the time that it is told, to one target', async () => {
    const { run, store } = await stocked()
    const done = await run('replay', 'msg_both', '--target', 'ads', '--expires-in', '90m', ...by)
    expect(done).toEqual({ code: 0, err: '', out: 'msg_both to ads: done\n' })
    expect(await store.find('msg_both')).toMatchObject([
      { target: 'activity', state: 'dead' },
      { target: 'ads', state: 'pending', expiresAt: NOW + 5_400_000 },
    ])
  })

  it('replay stops at the last generation', async () => {
    const { run, store } = await opened()
    await store.record([delivery({ id: 'a', dead: 'rejected' })])
    for (let i = 1; i <= 3; i++) {
      expect((await run('replay', 'a', '--expires-in', '1s', ...by)).code).toBe(0)
      await store.reap(NOW + 1000, 10)
    }
    const { code, out } = await run('replay', 'a', ...by)
    expect([code, out]).toEqual([1, 'a to activity: left alone: it was replayed as often as may be\n'])
    expect(JSON.parse((await run('replay', 'a', 'b', '--json', ...by)).out)).toEqual([
      { id: 'a', target: 'activity', outcome: 'used-up' },
      { id: 'b', target: null, outcome: 'not-found' },
    ])
  })

  it('cancel what is pending', async () => {
    const { run, store } = await stocked()
    expect(await run('cancel', 'msg_wait', ...by)).toEqual({
      code: 0,
      err: '',
      out: 'msg_wait to activity: done\n',
    })
    expect(await store.find('msg_wait')).toMatchObject([{ state: 'cancelled' }])
  })

  it.each([
    [[], '--actor must say who does it: it is written down'],
    [['--actor', ' ', '--reason', 'x'], '--actor must say who does it: it is written down'],
    [['--actor', 'kim'], '--reason must say why: it is written down'],
    [[...by, '--expires-in', '8d'], '--expires-in must be a time like 90s, 30m, 24h or 7d, and at most 7d'],
    [[...by, '--expires-in', '0s'], '--expires-in must be a time like 90s, 30m, 24h or 7d, and at most 7d'],
    [
      [...by, '--expires-in', 'Infinity'],
      '--expires-in must be a time like 90s, 30m, 24h or 7d, and at most 7d',
    ],
  ])('replay refuses %j, and opens no store', async (options, message) => {
    const { run, store, closed } = await stocked()
    expect(await run('replay', 'msg_both', ...options)).toEqual({
      code: 2,
      out: '',
      err: `guise: ${message}\n`,
    })
    expect(await store.find('msg_both')).toMatchObject([{ state: 'dead' }, { state: 'dead' }])
    expect(closed()).toBe(0)
  })
})

describe('pause and resume', () => {
  it('stop and start a target', async () => {
    const { run, store } = await stocked()
    expect(await run('pause', 'ads', ...by)).toEqual({ code: 0, err: '', out: 'ads is paused\n' })
    expect((await store.stats()).find(({ target }) => target === 'ads')?.paused).toBe(true)
    expect(JSON.parse((await run('resume', 'ads', '--json', ...by)).out)).toEqual({
      target: 'ads',
      paused: false,
    })
    expect((await store.stats()).find(({ target }) => target === 'ads')?.paused).toBe(false)
    expect((await run('pause', 'ads')).code).toBe(2)
  })
})

describe('called wrongly, guise outbox ends with 2 and one line', () => {
  const actions = 'stats, dead, show, replay, cancel, pause, resume'
  it.each([
    [[], `outbox needs a store and an action: ${actions}`],
    [['sqlite:x'], `outbox needs an action; there are ${actions}`],
    [['sqlite:x', 'destroy'], `outbox has no action destroy; there are ${actions}`],
    [
      ['stats', 'postgres://u:canary@h/x?password=canary'],
      `outbox has no action of that name; there are ${actions}`,
    ],
    [['sqlite:x', 'toString'], `outbox has no action toString; there are ${actions}`],
    [['sqlite:x', 'show'], 'show needs <id>'],
    [['sqlite:x', 'show', 'a', 'b'], 'show takes one <id>'],
    [['sqlite:x', 'stats', 'a'], 'stats takes no argument'],
    [['sqlite:x', 'replay', ...by], 'replay needs <ids...>'],
    [['sqlite:x', 'stats', '--actor', 'kim'], 'stats takes no --actor'],
    [['sqlite:x', 'stats', '--nope'], "Unknown option '--nope'"],
    [['sqlite:x', 'dead', '--limit'], "Option '--limit <value>' argument missing"],
  ])('%j', async (args, message) => {
    expect(await run(['outbox', ...args])).toEqual({ code: 2, out: '', err: `guise: ${message}\n` })
  })

  it('lets go of the store when the store fails, and says so without a credential', async () => {
    let closed = 0
    const store = {
      open: () => Promise.reject(new Error('no route to postgres://user:can/ary@db:5432/x\nand more')),
    }
    const openStore = async () => ({
      store: store as never,
      close: async () => {
        closed++
      },
    })
    const { code, err } = await run(['outbox', 'postgres://user:canary@db/x', 'stats'], { openStore })
    expect([code, err, closed]).toEqual([1, 'guise: no route to postgres://db:5432/x\n', 1])
  })
})
