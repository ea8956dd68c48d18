// The memory store: the rules of all stores.
import { memoryStore } from 'guise/outbox'
import { test } from 'vitest'
import { storeSuite } from '../../src/testing/store-suite.js'

const make = async () => {
  const store = memoryStore()
  await store.open()
  return { store }
}

for (const { name, run } of storeSuite(make, { without: ['again', 'transaction'] })) test(name, run)
