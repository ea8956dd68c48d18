// A sender of the soak, in a process of its own: records what it is told to, delivers, and is killed at any moment.
import { createOutbox } from 'guise/outbox'
import { Events, idOf, keyOf, MAX_ATTEMPTS, TARGETS } from './events.js'
import { openStore } from './stores.js'

const settings = JSON.parse(process.argv[2])
const { seed, url, concurrency } = settings
const { store, end } = openStore(settings)
const outbox = createOutbox({
  store,
  name: 'soak',
  maxAttempts: MAX_ATTEMPTS,
  schedule: [0, 200, 500, 1000],
  concurrency,
  pollInterval: 100,
})
const events = outbox.group(Events, {
  targets: Object.fromEntries(TARGETS.map(target => [target, `${url}/${target}`])),
  // The lease is twice the attempt and five seconds: 7 s.
  timeout: { connect: 500, attempt: 1000 },
  circuitBreaker: { resetAfter: 300 },
  orderKey: { happened: ({ key }) => key },
})

const tell = message => {
  if (process.connected) process.send(message)
}
process.on('message', async number => {
  try {
    const { id, duplicate } = await events.happened({ number, key: keyOf(number) }, idOf(seed, number))
    tell({ number, id, duplicate })
  } catch (error) {
    tell({ number, refused: error.message })
  }
})
let isReady = false
process.on('disconnect', async () => {
  if (!isReady) process.exit()
  await outbox.close({ timeout: 2_000 })
  await end()
  process.exit()
})

// Without this the first call would open the store.
await outbox.stats()
outbox.start()
isReady = true
tell('ready')
