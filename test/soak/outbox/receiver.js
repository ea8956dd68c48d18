// The receiver of the soak, in a process of its own: three services, some of whose answers are faults.
import { fdatasyncSync, openSync, writeSync } from 'node:fs'
import { createServer } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { deduplicate } from 'guise/receiver'
import { isPoison, numberOf } from './events.js'
import { randomOf } from './random.js'
import { openEffects } from './stores.js'

const settings = JSON.parse(process.argv[2])
const { port, seed, life, faults, log } = settings
const random = randomOf(`${seed} receiver ${life}`)
const file = openSync(log, 'a')
const { store, effect, end } = await openEffects(settings)
const dedupe = deduplicate({ store })

const KINDS = ['500', '429', 'reset', 'stored, then reset', 'slow', 'stored, then slow']
const fateOf = () => (random() < faults ? KINDS[Math.floor(random() * KINDS.length)] : 'good')
const slow = () => sleep(300 + random() * 1200)

async function answer(request, fate, target) {
  const { method, url: path, headers } = request
  const chunks = []
  for await (const chunk of request) chunks.push(chunk)
  const body = Buffer.concat(chunks)
  if (isPoison(numberOf(headers['idempotency-key']), target)) return { status: 400, headers: {} }
  if (fate === '500') return { status: 500, headers: {} }
  if (fate === '429') return { status: 429, headers: random() < 0.5 ? { 'retry-after': '1' } : {} }
  if (fate === 'reset') return undefined
  const given = await dedupe.receive({ method, path, headers, body }, async ({ id, tx }) => {
    if (fate === 'slow') await slow()
    await effect(target, id, tx)
    return { status: 201, headers: {} }
  })
  if (fate === 'stored, then slow') await slow()
  return fate === 'stored, then reset' ? undefined : given
}

const server = createServer(async (request, response) => {
  const target = request.url.split('/')[1]
  // Before anything else: whatever comes of it, it was sent.
  writeSync(file, `${Date.now()} ${target} ${request.headers['idempotency-key']}\n`)
  fdatasyncSync(file)
  const fate = fateOf()
  try {
    const given = await answer(request, fate, target)
    if (given === undefined) request.socket.resetAndDestroy()
    else response.writeHead(given.status, given.headers).end(given.body)
  } catch (error) {
    // A sender that was killed in the middle of its request.
    if (error.code !== 'ECONNRESET') throw error
  }
})
process.on('disconnect', () => {
  server.close(async () => {
    await end()
    process.exit()
  })
  server.closeAllConnections()
})
server.listen(port, '127.0.0.1', () => {
  // It may have been told to end before it was ready.
  if (process.connected) process.send('ready')
})
