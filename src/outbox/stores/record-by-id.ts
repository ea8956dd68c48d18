/** Decides, for a call of `record`, which deliveries are new, which are there already, and which ids are in conflict. */
import type { NewDelivery, Recorded } from '../store.js'

/** What a store has of an id for one target. */
export interface Known {
  readonly target: string
  readonly seq: number
  readonly fingerprint: string
}

/**
 * Records what is new, in the order given. Nothing may change the store meanwhile.
 *
 * @param deliveries those of the call.
 * @param known what the store has of an id.
 * @param insert records one and returns its `seq`.
 */
export function recordById(
  deliveries: readonly NewDelivery[],
  known: (id: string) => readonly Known[],
  insert: (delivery: NewDelivery) => number,
): Recorded[] {
  const byId = new Map<string, Map<string, { readonly fingerprint: string; seq: number | null }>>()
  const conflicts = new Set<string>()
  // All are compared before the first is recorded: an id with a conflict records nothing.
  for (const { id, target, fingerprint } of deliveries) {
    let targets = byId.get(id)
    if (targets === undefined) {
      targets = new Map(known(id).map(row => [row.target, { ...row }]))
      byId.set(id, targets)
    }
    const there = targets.get(target)
    if (there === undefined) targets.set(target, { fingerprint, seq: null })
    else if (there.fingerprint !== fingerprint) conflicts.add(id)
  }
  return deliveries.map(delivery => {
    const { id, target } = delivery
    const there = byId.get(id)?.get(target)
    if (there === undefined || conflicts.has(id)) return { id, target, outcome: 'conflict', seq: null }
    if (there.seq !== null) return { id, target, outcome: 'duplicate', seq: there.seq }
    there.seq = insert(delivery)
    return { id, target, outcome: 'recorded', seq: there.seq }
  })
}
