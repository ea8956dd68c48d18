// `guise outbox` on PostgreSQL, with the driver of the project.
import { afterAll, expect, it } from 'vitest'
import { openStore } from '../../src/cli/open-store.js'
import { postgresStore } from '../../src/outbox/stores/postgres.js'
import { describeWithPostgres, dropSchema, freshSchema, poolOf } from '../stores-postgres/support.js'
import { root } from '../types/compilers.js'
import { delivery, run } from './support.js'

describeWithPostgres('a store in PostgreSQL', () => {
  const schema = freshSchema()
  afterAll(() => dropSchema(schema))

  it('is opened by its URL, in the schema that is named', async () => {
    const pool = poolOf()
    const store = postgresStore(pool, { schema })
    await store.open()
    await store.record([delivery({ dead: 'rejected' })])
    const outbox = (...args: string[]) =>
      run(['outbox', 'postgres://postgres:canary@127.0.0.1:5432/test', ...args, '--schema', schema], {
        cwd: root,
        openStore,
        now: () => Date.now(),
      })
    const dead = await outbox('dead')
    expect([dead.code, dead.err]).toEqual([0, ''])
    expect(dead.out).toContain('msg_1')
    const replayed = await outbox('replay', 'msg_1', '--actor', 'kim', '--reason', 'why not')
    expect(replayed).toEqual({ code: 0, err: '', out: 'msg_1 to activity: done\n' })
    expect(await store.find('msg_1')).toMatchObject([{ state: 'pending', generation: 1 }])
    await store.close()
    await pool.end()
  })
})
