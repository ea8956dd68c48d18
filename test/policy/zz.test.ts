import { test } from 'vitest'
import { createClient } from 'guise'
import { policyMistakes } from '../../src/policy/settings.js'
import { Probe } from './support.js'
test('x', () => {
  const rows: [any, any][] = [
    ['timeout', 0], ['timeout', NaN], ['timeout', '5'], ['timeout', Infinity], ['timeout', {}], ['timeout', { total: -1 }], ['timeout', { totl: 1 }], ['timeout', null], ['timeout', { total: 1, connect: 'x', at: 1 }],['timeout', 3e9],
    ['retry', { retries: -1 }], ['retry', { retries: 21 }], ['retry', { retries: 1.5 }], ['retry', { retries: Infinity }], ['retry', { on: [99] }], ['retry', { on: 503 }], ['retry', true], ['retry', 3], ['retry', { budget: true }], ['retry', { budget: { ratio: -1 } }], ['retry', { budget: { rate: 1 } }], ['retry', { retires: 3 }], ['retry', { minDelay: 0 }], ['retry', { retries: -1, minDelay: -1 }],['retry', { retries: 'x', minDelay: -1 }],
    ['circuitBreaker', { volume: 0 }], ['circuitBreaker', { window: 999 }], ['circuitBreaker', { errorThreshold: 100 }], ['circuitBreaker', { scope: 'host' }], ['circuitBreaker', { counts: [1000] }], ['circuitBreaker', { treshold: 1 }], ['circuitBreaker', 5], ['circuitBreaker', { resetAfter: 0 }],
    ['bulkhead', { concurrent: 0 }], ['bulkhead', {}], ['bulkhead', true], ['bulkhead', { concurrent: 1, queue: -1 }], ['bulkhead', { concurrency: 1 }], ['bulkhead', 5], ['bulkhead', { concurrent: '3' }],
  ]
  for (const [k, v] of rows) console.log(k, v, '=>', policyMistakes(k, v))
  for (const o of [{ retry: { retries: -1 } }, { timeout: { totl: 1 } }, { methods: { get: { retry: { retries: -1, x: 1 } } } }, { methods: { get: { retri: 1 } } }, { methods: { gett: {} } }, {fallback: {gett(){}}}, { bulkhead: {} }, {circuitBreaker: {volume: 'x'}}, { use: 5 }, { use: [5] }, { maxConnectionAge: 0 }, { forward: ['a b'] }, { forward: ['Host'] }, { clock: {} }, { transport: {} }, { dispatcher: {} }, { url: [] }, { url: [() => ''] }, { url: [['http://a']] }, { allowOrigins: [() => ''] }, { allowOrigins: ['x'] }, {fallback: 5}, {fallback: {get: 5}}, { retires: {} }])
    try { createClient(Probe, { url: 'http://h', ...o } as any); console.log(o, 'OK??') } catch (e: any) { console.log(JSON.stringify(o), '=>', e.message.split('\n').slice(1).join('|')) }
})
