/** Rules of what a store keeps: bodies byte for byte, texts in any language, numbers up to 2^53 - 1. */
import type { NewDelivery } from '../outbox/store.js'
import { asRecorded, NOW, type Rule, type Scene, same } from './store-suite-kit.js'

const BIG = Number.MAX_SAFE_INTEGER

/** Texts that a careless store trips over. */
const TEXTS = [
  'Größe žluťoučký 日本語 العربية 👩‍👩‍👧',
  'e\u0301 is not \u00e9',
  '\ufeff\u200b\u202e',
  '\'; drop table deliveries; -- " ` \\ % _ ? $1 :a @b',
  '\t\r\n\u0001\u007f\u0085\u2028',
  '  spaces  ',
  '{"json":[1]}',
]

export const textRules: readonly Rule[] = [
  {
    name: 'bodies: none, empty, 1 MiB and all 256 bytes come back byte for byte',
    async run(scene) {
      const all = Uint8Array.from({ length: 256 }, (_, byte) => byte)
      const large = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31 + (index >> 8)) & 255)
      for (const body of [null, new Uint8Array(0), all, large, all.subarray(7, 9)])
        await comesBack(scene, { body }, `a body of ${body?.length ?? 'no'} bytes`)
    },
  },
  {
    name: 'bodies: what the caller does with his bytes afterwards changes nothing',
    async run(scene) {
      const body = new Uint8Array([1, 2, 3])
      await scene.record(scene.row({ body, maxAttempts: 2 }))
      body.fill(9)
      const first = await scene.claimOne()
      same([...(first.body ?? [])], [1, 2, 3], 'the store keeps the bytes as they were recorded')
      first.body?.fill(9)
      await scene.settle(first, { nextAttemptAt: NOW })
      same([...((await scene.claimOne()).body ?? [])], [1, 2, 3], 'and as they were given out')
    },
  },
  {
    name: 'texts: any language, quotes and control characters come back as they were',
    async run(scene) {
      for (const text of TEXTS) {
        const all = {
          id: text,
          target: text,
          method: text,
          verb: text,
          path: text,
          orderKey: text,
          fingerprint: text,
        }
        await comesBack(scene, all, `the text ${JSON.stringify(text)}`)
        await scene.store.pause(text, { actor: text, reason: text, now: NOW })
        const paused = (await scene.store.stats()).filter(({ paused }) => paused)
        same(
          paused.map(({ target }) => target),
          [text],
          'a paused target keeps its name',
        )
        await scene.store.resume(text, { actor: text, reason: text, now: NOW })
      }
    },
  },
  {
    name: 'texts: an empty path, order key and header list are kept, and an empty order key is not none',
    async run(scene) {
      await comesBack(scene, { path: '', orderKey: '', headers: '[]' }, 'an empty text')
    },
  },
  {
    name: 'texts: headers come back byte for byte',
    async run(scene) {
      for (const headers of ['[ "a" ,\n"b" ]', '["a","\\u00e9\\/"]', '["a","1","a","2"]', '["é","日本"]'])
        await comesBack(scene, { headers }, `the headers ${JSON.stringify(headers)}`)
    },
  },
  {
    name: 'texts: ids that differ in case, in accents or in blanks are different ids',
    async run(scene) {
      const ids = ['a', 'A', 'a ', ' a', 'á', 'a\u0301']
      await scene.record(...ids.map(id => scene.row({ id })))
      for (const id of ids) same((await scene.find(id)).id, id, 'find compares texts exactly')
    },
  },
  {
    name: 'texts: one that cannot be kept as it is makes record reject; it is never cut or mended',
    async run(scene) {
      for (const text of ['a\u0000b', 'a\ud800', '\udc00b']) {
        for (const field of ['id', 'target', 'path', 'headers', 'orderKey', 'fingerprint'] as const) {
          const good = scene.row()
          const recorded = await scene.store
            .record([good, scene.row({ [field]: text })])
            .catch(() => undefined)
          same(recorded, undefined, `record rejects ${JSON.stringify(text)} as ${field}`)
          same(await scene.store.find(good.id), [], 'nothing of a call that rejects is recorded')
        }
      }
    },
  },
  {
    name: 'numbers: times up to 2^53 - 1 come back as they were',
    async run(scene) {
      const row = scene.row({ createdAt: BIG - 3, nextAttemptAt: BIG - 3, expiresAt: BIG, hops: 8 })
      const [seq = Number.NaN] = await scene.record(row)
      same(await scene.find(row.id), asRecorded(row, seq), 'large times are kept')
      const claimed = await scene.claimOne({ now: BIG - 2, leaseUntil: BIG - 1 })
      same([claimed.firstAttemptAt, claimed.leaseUntil], [BIG - 2, BIG - 1], 'a lease may be as late')
      await scene.settle(claimed, { now: BIG - 1, status: 599 })
      const { deliveredAt, lastStatus } = await scene.find(row.id)
      same([deliveredAt, lastStatus], [BIG - 1, 599], 'and a settlement')
    },
  },
]

/** Records a row and claims it: all of it must come back. */
async function comesBack(scene: Scene, different: Partial<NewDelivery>, what: string): Promise<void> {
  const row = scene.row(different)
  const [seq = Number.NaN] = await scene.record(row)
  same(await scene.find(row.id), asRecorded(row, seq), `${what} comes back from find`)
  const claimed = await scene.claimOne({ target: row.target })
  same(claimed.headers, row.headers, `${what} keeps the headers as they were`)
  same(claimed.fingerprint, row.fingerprint, `${what} keeps the fingerprint as it was`)
  same(
    claimed.body === null ? null : Buffer.from(claimed.body).toString('hex'),
    row.body === null ? null : Buffer.from(row.body).toString('hex'),
    `${what} keeps the body as it was`,
  )
  await scene.settle(claimed)
}
