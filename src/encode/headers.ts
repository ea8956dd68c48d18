/** The headers of a method: those that are the same for each call, and those with variables. */
import type { HeaderContract, MethodContract } from '../contract/index.js'
import type { EntryRecord } from '../declare/response.js'

export interface CompiledHeaders {
  /** Flat: names and values in turn. */
  readonly prepared: readonly string[]
  readonly templated: readonly HeaderContract[]
}

/** The declaration's headers over the guise's; `accept` where the response table expects JSON and nothing says else. */
export function compileHeaders(
  { headers, responses }: MethodContract,
  guise: ReadonlyMap<string, string>,
): CompiledHeaders {
  const fixed = new Map(guise)
  if (!fixed.has('accept') && [...responses.values()].flat().some(expectsJson))
    fixed.set('accept', 'application/json')
  const templated: HeaderContract[] = []
  for (const header of headers) {
    if (header.value.some(part => typeof part !== 'string')) {
      templated.push(header)
      fixed.delete(header.name)
    } else fixed.set(header.name, header.value.join(''))
  }
  return { prepared: Object.freeze([...fixed].flat()), templated }
}

const expectsJson = (entry: EntryRecord): boolean =>
  entry.kind === 'schema' || (entry.kind === 'reply' && expectsJson(entry.body))
