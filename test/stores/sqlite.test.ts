// The SQLite store: the rules of all stores, with each driver that this Node can load.
import { describe, test } from 'vitest'
import { storeSuite } from '../../src/testing/store-suite.js'
import { StrictDriver } from './strict-driver.js'
import { drivers, makeSqlite } from './support.js'

for (const [name, Driver] of [...drivers, ['a strict driver', StrictDriver] as const]) {
  if (Driver === undefined)
    test.skip(`sqliteStore on ${name}: Node ${process.versions.node} has no SQLite built in`, () => {})
  else
    describe(`sqliteStore on ${name}`, () => {
      for (const { name, run } of storeSuite(makeSqlite(Driver))) test(name, run)
    })
}
