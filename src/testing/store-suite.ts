/** The conformance suite of outbox stores: what every store must do, as a list of cases for any test runner. */
import { claimRules } from './store-suite-claim.js'
import { type Ability, type Rule, Scene, type StoreUnderTest } from './store-suite-kit.js'
import { operatorRules } from './store-suite-operator.js'
import { orderRules } from './store-suite-order.js'
import { readRules } from './store-suite-read.js'
import { reapRules } from './store-suite-reap.js'
import { recordRules } from './store-suite-record.js'
import { settleRules } from './store-suite-settle.js'
import { textRules } from './store-suite-texts.js'

export type { StoreUnderTest } from './store-suite-kit.js'

/** One rule of a store. `run` rejects with an Error that names the rule if the store breaks it. */
export interface StoreCase {
  readonly name: string
  run(): Promise<void>
}

export interface StoreSuiteOptions {
  /** Leaves out the cases that need a second handle on the same data, or transactions. Default: none. */
  readonly without?: readonly Ability[]
}

/**
 * All rules of an {@link OutboxStore}, for a store of your own or for one of guise's on your own database.
 *
 * @param makeStore gives an opened, empty store, called once for each case; with `again` (another handle on the same
 *   data), `transaction` and `dispose` where it has them. The suite closes the stores, then calls `dispose`.
 * @param options which cases to leave out.
 * @returns the cases; each is independent of the others. A case whose ability `makeStore` lacks fails, unless it was
 *   left out: nothing is skipped in silence.
 *
 * @example
 * for (const { name, run } of storeSuite(async () => ({ store: await myStore() }), { without: ['transaction'] }))
 *   test(name, run)
 */
export function storeSuite<Tx>(
  makeStore: () => Promise<StoreUnderTest<Tx>> | StoreUnderTest<Tx>,
  options: StoreSuiteOptions = {},
): readonly StoreCase[] {
  return RULES.filter(({ needs }) => needs === undefined || !options.without?.includes(needs)).map(rule => ({
    name: rule.name,
    async run() {
      // A rule hands on a transaction as it got it, and never looks into it.
      const scene = new Scene((await makeStore()) as StoreUnderTest)
      try {
        await rule.run(scene)
      } finally {
        await scene.end()
      }
    },
  }))
}

const RULES: readonly Rule[] = [
  ...recordRules,
  ...textRules,
  ...claimRules,
  ...orderRules,
  ...settleRules,
  ...reapRules,
  ...operatorRules,
  ...readRules,
]
