// A process of its own that uses the SQLite store: records, claims or holds the lock until it is killed.
import { writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { sqliteStore } from '../../../src/outbox/stores/sqlite.js'
import type { SqliteDatabase } from '../../../src/outbox/stores/sqlite-driver.js'
import { Scene } from '../../../src/testing/store-suite-kit.js'

const [, , root = '', file = '', task = '', name = ''] = process.argv
const Driver = createRequire(root)('libsql') as new (file: string) => SqliteDatabase
const NOW = 1_800_000_000_000
/** Written at once: a line that is out was acknowledged, however the process ends. */
const say = (line: string) => writeSync(1, `${line}\n`)

const db = new Driver(file)
const store = sqliteStore(db, { busyTimeout: 20_000 })
let messages = 0
let wake = () => {}
process.on('message', () => {
  messages++
  wake()
})
async function told(times: number) {
  while (messages < times)
    await new Promise<void>(resolve => {
      wake = resolve
    })
}

const tasks: Record<string, () => Promise<void>> = {
  /** Says each id once it is recorded. */
  async record() {
    const scene = new Scene({ store })
    for (let number = 0; number < 100_000; number++) {
      const id = `${name}-${number}`
      await store.record(['a', 'b'].map(target => scene.row({ id, target, orderKey: `key-${number % 3}` })))
      say(id)
    }
  },
  /** Says each claim before it settles it. */
  async claim() {
    say('ready')
    for (let idle = 0, turn = 1; idle < 3; turn++) {
      // Told to begin, and told to go on when all have had a first turn.
      if (turn <= 2) await told(turn)
      const target = { target: 'a', limit: 3, leaseUntil: NOW + 5 }
      const claimed = await store.claim({ owner: name, now: NOW, targets: [target] })
      idle = claimed.length === 0 ? idle + 1 : 0
      for (const { seq, fence, sends, orderKey } of claimed) {
        say(`${seq} ${fence} ${sends} ${orderKey}`)
        const nothing = {
          reason: null,
          nextAttemptAt: null,
          status: null,
          error: null,
          receipt: null,
          refund: false,
        }
        await store.settle([{ seq, fence, now: NOW, state: 'delivered', ...nothing }])
      }
    }
  },
  async lock() {
    db.exec('begin immediate')
    say('locked')
    await new Promise(resolve => process.once('disconnect', resolve))
  },
}

await store.open()
say('open')
await tasks[task]?.()
process.disconnect?.()
