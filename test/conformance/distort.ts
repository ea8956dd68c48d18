/** Changes an expectation, to see that the check of it can fail. */
import type { Case } from './case.js'

/** The case once for each field of its expectation, with that field changed. */
export function distorted(one: Case): { readonly field: string; readonly changed: Case }[] {
  return Object.entries(one.expect).map(([field, wanted]) => {
    // Every body holds the empty text, so an expectation that it be absent cannot be met.
    const other = field === 'bodyNotContains' ? [''] : another(wanted)
    return { field, changed: { ...one, expect: { ...one.expect, [field]: other } } }
  })
}

function another(wanted: unknown): unknown {
  if (typeof wanted === 'number') return wanted + 1
  if (typeof wanted === 'boolean') return !wanted
  if (Array.isArray(wanted)) return [...wanted, 'distorted']
  if (typeof wanted === 'object' && wanted !== null) return { ...wanted, distorted: ['distorted'] }
  return 'distorted'
}
