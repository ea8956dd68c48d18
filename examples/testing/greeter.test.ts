// One suite for vitest, jest and node:test: nothing in it, and nothing in guise/testing, belongs to a runner.
import assert from 'node:assert/strict'
import { ArgumentError, close, createClient } from 'guise'
import { failures, MockError, mock, mockTransport, reset, stub, testClock, verify } from 'guise/testing'
import { Greeter } from './greeter.js'
import { MemberClient, MemberDown } from './members.js'
import { test } from './runner.js'

const kim = { id: 7, name: 'kim' }
const url = 'http://member-svc'

// mock: the service as a typed stand-in, told what to answer.

test('greets a member by name', async () => {
  const members = mock(MemberClient, { byId: id => ({ id, name: 'kim' }) })
  assert.equal(await new Greeter(members).greet(7), 'Hello, kim')
  assert.deepEqual(members.byId.calls, [[7]])
})

test('greets whoever is unknown as a stranger, and anybody while the service is down', async () => {
  const members = mock(MemberClient)
  const greeter = new Greeter(members)
  // What the service answers goes through the declared response table: the 404 is `null`, the 503 is `MemberDown`.
  members.byId.once().respond({ status: 404 })
  members.byId.once().respond({ status: 503, body: 'try later' })
  members.byId.once().respond(failures.refused())
  assert.equal(await greeter.greet(7), 'Hello, stranger')
  assert.equal(await greeter.greet(7), 'Hello')
  assert.equal(await greeter.greet(7), 'Hello')
  verify(members)
})

test('tries another name where one is taken', async () => {
  const members = mock(MemberClient)
  members.create.once().respond({ status: 409 }).once().returns({ id: 8, name: 'kim2' })
  assert.equal(await new Greeter(members).welcome('kim'), 'Welcome, kim2')
  assert.deepEqual(members.create.calls, [[{ name: 'kim' }], [{ name: 'kim2' }]])
  verify(members, { inOrder: true })
})

// What a mock does not let pass, even where the tested code catches the error.

test('a mock cannot answer what the service never could', () => {
  const members = mock(MemberClient)
  assert.throws(() => members.byId.returns({ id: -7, name: 'kim' }), {
    name: 'MockError',
    message:
      /MemberClient\.byId\.returns\(\{ id: -7, name: 'kim' \}\): the declared responses can never lead to/,
  })
})

test('a mock refuses an argument as the real client does', async () => {
  const members = mock(MemberClient, { create: ({ name }) => ({ id: 8, name }) })
  await assert.rejects(new Greeter(members).welcome(''), ArgumentError)
  assert.throws(() => verify(members), /MemberClient\.create\(\{ name: '' \}\) has a wrong argument/)
})

test('verify tells of calls that nothing was set up for, and of answers that nobody asked for', async () => {
  const members = mock(MemberClient)
  await assert.rejects(new Greeter(members).greet(7), MockError)
  assert.throws(() => verify(members), /MemberClient\.byId\(7\) was not expected: nothing is set up for byId/)
  reset(members)
  members.byId.once().returns(kim)
  assert.throws(() => verify(members), /MemberClient\.byId: 1 of 1 once\(\) answer was not used/)
})

// mockTransport: a real client, whose requests go nowhere.

test('sends what the declaration says', async () => {
  const transport = mockTransport({
    'POST /api/members': ({ body }) => ({ status: 201, body: { id: 8, ...Object(body) } }),
  })
  const greeter = new Greeter(createClient(MemberClient, { url, transport }))
  assert.equal(await greeter.welcome('kim'), 'Welcome, kim')
  const { method, pathname, headers, body } = transport.request
  assert.deepEqual([method, pathname, headers['content-type']], ['POST', '/api/members', 'application/json'])
  assert.deepEqual(body, { name: 'kim' })
})

// testClock: waits and timeouts take no time.

test('waits for as long as the service says, and tries again', async () => {
  const clock = testClock()
  const transport = mockTransport([{ status: 503, headers: { 'retry-after': '5' } }, { body: kim }])
  const members = createClient(MemberClient, { url, transport, clock })
  assert.equal(await clock.run(new Greeter(members).greet(7)), 'Hello, kim')
  assert.equal(transport.requests.length, 2)
  assert.ok(clock.now() >= 5_000)
})

test('greets without a name where the service takes more than a second', async () => {
  const clock = testClock()
  const transport = mockTransport(() => new Promise(() => {}), { clock })
  const members = createClient(MemberClient, { url, transport, clock, timeout: 1_000 })
  assert.equal(await clock.run(new Greeter(members).greet(7)), 'Hello')
  assert.equal(clock.now(), 1_000)
})

// stub: a real server on loopback that speaks the declaration.

test('works over a network', async () => {
  const server = await stub(MemberClient, {
    byId: ({ params }) => ({ id: Number(params.memberId), name: 'kim' }),
  })
  const members = createClient(MemberClient, { url: server.url, retry: false })
  try {
    assert.equal(await new Greeter(members).greet(7), 'Hello, kim')
    server.fault('byId', { status: 503 })
    await assert.rejects(members.byId(7), MemberDown)
    assert.deepEqual(
      server.requests.map(({ path }) => path),
      ['/api/members/7', '/api/members/7'],
    )
  } finally {
    await close(members)
    await server.close()
  }
})
