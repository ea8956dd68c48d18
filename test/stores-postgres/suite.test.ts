/** The conformance suite on PostgreSQL, also on a database with another default isolation level. */
import { test } from 'vitest'
import { storeSuite } from '../../src/testing/store-suite.js'
import { describeWithPostgres, makeStore } from './support.js'

describeWithPostgres('postgresStore', () => {
  for (const { name, run } of storeSuite(() => makeStore())) test(name, run, 60_000)
})

describeWithPostgres('postgresStore where transactions are serializable by default', () => {
  const options = '-c default_transaction_isolation=serializable'
  for (const { name, run } of storeSuite(() => makeStore({ options }))) test(name, run, 60_000)
})
