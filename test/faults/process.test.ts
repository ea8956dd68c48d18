/** F38 and F39: the process of the service is killed, or stopped for a while. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { circuitsOf, close, createClient, GuiseError, TimeoutError } from 'guise'
import { expect, onTestFinished, test } from 'vitest'
import { errorOf, outcomeOf, Things, watchProcess, within } from './support.js'

interface Service {
  readonly child: ChildProcess
  /** Listens at the port, or at a free one. */
  listen(port?: number): Promise<number>
}

async function service(effects = '/dev/null'): Promise<Service> {
  const child = fork(new URL('./children/server.mjs', import.meta.url), [effects])
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child, 'message')
  return {
    child,
    listen: async (port = 0) => {
      child.send({ port })
      const [message] = await once(child, 'message')
      return (message as { port: number }).port
    },
  }
}

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'guise-faults-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'effects')
}

async function kill({ child }: Service): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

test('F38 killed under 50 callers and started again: no GET fails, no keyed POST is lost or done twice', async () => {
  const watch = watchProcess()
  const effects = scratch()
  const [first, second] = await Promise.all([service(effects), service(effects)])
  const port = await first.listen()
  let repeated = 0
  const things = createClient(Things, {
    url: `http://127.0.0.1:${port}`,
    connections: 20,
    retry: { retries: 20, minDelay: 20, maxDelay: 200, budget: false },
    use: [
      (request, next) => {
        if (request.attempt > 1) repeated++
        return next(request)
      },
    ],
  })
  onTestFinished(() => close(things))

  let answered = 0
  let restarted: Promise<number> | undefined
  const restart = async () => {
    await kill(first)
    return second.listen(port)
  }
  const keys: string[] = []
  const caller = async (id: number) => {
    for (let n = 0; n < 4; n++) {
      expect(await things.read(id)).toEqual({ id, name: 'kim' })
      const key = `key-${id}-${n}`
      keys.push(key)
      await things.createOnce(key, 'kim')
      answered++
      if (answered === 70) restarted = restart()
    }
  }
  await within(Promise.all(Array.from({ length: 50 }, (_, id) => caller(id))), 'the callers')
  expect(await restarted).toBe(port)
  expect(repeated).toBeGreaterThan(0)
  const done = readFileSync(effects, 'utf8').trimEnd().split('\n')
  expect(done.length).toBe(200)
  expect(new Set(done)).toEqual(new Set(keys))
  expect(watch()).toEqual([])
})

test('F38 the circuit opens while the service is dead, and closes when it lives again', async () => {
  const [first, second] = await Promise.all([service(), service()])
  const port = await first.listen()
  const things = createClient(Things, {
    url: `http://127.0.0.1:${port}`,
    retry: false,
    circuitBreaker: { volume: 5, resetAfter: 20 },
  })
  onTestFinished(() => close(things))
  await things.read(7)
  await kill(first)
  const codes: string[] = []
  while (codes.at(-1) !== 'GUISE_CIRCUIT_OPEN') {
    const error = await errorOf(things.read(7))
    expect(error).toBeInstanceOf(GuiseError)
    codes.push(error.code)
    expect(codes.length).toBeLessThan(20)
  }
  await second.listen(port)
  let outcome = await outcomeOf(things.read(7))
  const end = performance.now() + 2000
  while ('error' in outcome && performance.now() < end) outcome = await outcomeOf(things.read(7))
  expect(outcome).toEqual({ value: { id: 7, name: 'kim' } })
  expect(circuitsOf(things)).toMatchObject([{ state: 'closed' }])
})

test('F39 stopped and continued: the attempt ends in time, and its late answer goes to nobody', async () => {
  const stopped = await service()
  const port = await stopped.listen()
  const things = createClient(Things, {
    url: `http://127.0.0.1:${port}`,
    timeout: { attempt: 100 },
    retry: false,
    connections: 1,
  })
  onTestFinished(() => close(things))
  await things.read(1)
  stopped.child.kill('SIGSTOP')
  const started = performance.now()
  const error = await errorOf(things.read(2))
  expect(error).toBeInstanceOf(TimeoutError)
  expect(error).toMatchObject({ phase: 'attempt', attempts: 1, delivery: 'unknown' })
  expect(performance.now() - started).toBeGreaterThanOrEqual(99)
  stopped.child.kill('SIGCONT')
  for (let id = 3; id < 20; id++) expect(await things.read(id)).toEqual({ id, name: 'kim' })
})
