// How SQLite finds its rows: by an index that grows with what is due, not with all that was ever recorded.
import { sqliteStore } from 'guise/outbox'
import { expect, test } from 'vitest'
import { libsql } from './support.js'

test('each statement finds its rows by the index that was made for it', async () => {
  const db = new libsql(':memory:')
  const prepared: string[] = []
  const store = sqliteStore({
    exec: sql => db.exec(sql),
    prepare(sql) {
      prepared.push(sql)
      return db.prepare(sql)
    },
  })
  await store.open()
  const plans = prepared
    .filter(sql => sql.includes('guise_outbox_deliveries'))
    .map(sql => {
      const values = [...sql.matchAll(/\?/g)].map(() => 1)
      const steps = db.prepare(`explain query plan ${sql}`).all(...values) as { detail: string }[]
      return { sql, steps: steps.map(({ detail }) => detail) }
    })
  expect(plans.length).toBeGreaterThan(15)
  for (const { sql, steps } of plans) {
    const scans = steps.filter(detail => /^SCAN (guise_outbox_deliveries|d|e)\b/.test(detail))
    // Counting all rows goes through all of an index; what is over and what is spent are in small ones of their own.
    const small = /USING (COVERING )?INDEX guise_outbox_(states|spent)\b/
    expect(
      scans.filter(detail => !small.test(detail)),
      sql,
    ).toEqual([])
  }
  const stepsOf = (part: string) => plans.find(({ sql }) => sql.includes(part))?.steps.join('\n') ?? ''
  const claim = stepsOf("set state = 'in-flight'")
  expect(claim).toMatch(
    /SEARCH d USING (COVERING )?INDEX guise_outbox_due \(target=\? AND next_attempt_at<\?\)/,
  )
  expect(claim).toMatch(
    /SEARCH e USING (COVERING )?INDEX guise_outbox_standing \(target=\? AND order_key=\? AND rowid<\?\)/,
  )
  expect(claim).toMatch(
    /SEARCH e USING (COVERING )?INDEX guise_outbox_blocking \(target=\? AND order_key=\? AND rowid<\?\)/,
  )
  expect(claim).not.toContain('TEMP B-TREE')
  expect(stepsOf('lease_until <= ?')).toMatch(/SEARCH .*guise_outbox_leases \(lease_until<\?\)/)
  expect(stepsOf('and expires_at <= ?')).toMatch(/SEARCH .*guise_outbox_expiry \(expires_at<\?\)/)
  expect(stepsOf('delete from')).toMatch(/SEARCH .*guise_outbox_ended \(state=\? AND ended_at<\?\)/)
  expect(stepsOf('insert into')).toMatch(/SEARCH .*guise_outbox_standing \(target=\? AND order_key=\?\)/)
  const released = db
    .prepare(`explain query plan select min(seq) from guise_outbox_deliveries
      where target = 'a' and order_key = 'k' and state = 'pending' and held = 1`)
    .all() as { detail: string }[]
  expect(released[0]?.detail).toMatch(/SEARCH .*guise_outbox_held \(target=\? AND order_key=\?\)/)
  db.close()
})
