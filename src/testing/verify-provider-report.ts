/** The report of a contract test: for a program as data, for a person as text. */
import type { Issue } from '../schema/standard.js'

/** How an example failed. */
export type ProviderBreach =
  /** The provider has no such route: an undeclared 404, 405 or 501. */
  | 'route'
  /** A status that the response table does not name. */
  | 'status'
  /** A body that cannot be read: the wrong content type, broken JSON, no body. */
  | 'body'
  /** A body, or headers, that do not fit the declared schema. */
  | 'schema'
  /** No answer. */
  | 'connection'
  /** The declaration was kept, but the outcome is not what the example says. */
  | 'outcome'
  /** The example's own arguments do not fit. */
  | 'arguments'

/** What became of one example. */
export interface ProviderResult {
  /** Class and method: `MemberClient.byId`. */
  readonly method: string
  /** `byId(7)`; credentials are masked. */
  readonly call: string
  readonly status: number | undefined
  readonly ok: boolean
  readonly breach?: ProviderBreach
  readonly message?: string
  /** What the schema found: paths and messages, no values. */
  readonly issues: readonly Issue[]
}

/** What {@link verifyProvider} found; as text it is for a person to read. */
export interface ProviderReport {
  /** Every example was as it should be. */
  readonly ok: boolean
  readonly results: readonly ProviderResult[]
  /** Methods without an example: `MemberClient.remove`. */
  readonly untried: readonly string[]
  /** @throws Error with the report as its message, unless `ok`. */
  orThrow(): void
  toString(): string
}

export class Report implements ProviderReport {
  readonly #subject: string
  readonly results: readonly ProviderResult[]
  readonly untried: readonly string[]

  constructor(subject: string, results: readonly ProviderResult[], untried: readonly string[]) {
    this.#subject = subject
    this.results = results
    this.untried = untried
  }

  get ok(): boolean {
    return this.results.every(({ ok }) => ok)
  }

  orThrow(): void {
    if (!this.ok) throw new Error(this.toString())
  }

  toString(): string {
    const broken = this.results.filter(({ ok }) => !ok).length
    const count = `${this.results.length} ${this.results.length === 1 ? 'example' : 'examples'}`
    const verdict = broken === 0 ? `${count}, all as declared` : `${broken} of ${count} not as declared`
    const untried = this.untried.length === 0 ? [] : [`  without an example: ${this.untried.join(', ')}`]
    return [`${this.#subject}: ${verdict}`, ...this.results.map(asText), ...untried].join('\n')
  }
}

function asText({ method, call, status, breach, message = '', issues }: ProviderResult): string {
  const [className] = method.split('.')
  const head = `${className}.${call}${status === undefined ? '' : ` -> ${status}`}`
  if (breach === undefined) return `  ok    ${head}`
  // The message tells the first three.
  const rest = issues
    .slice(3)
    .map(({ path, message }) => [path.join('.'), message].filter(Boolean).join(': '))
  const lines = [...message.split('\n'), ...rest].map(line => `\n          ${line}`)
  return `  FAIL  ${head}  (${breach})${lines.join('')}`
}
