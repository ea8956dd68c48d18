/** Standard Schema (https://standardschema.dev), version 1: what zod, valibot, arktype and others implement. */

/** A schema of any library that implements Standard Schema. */
export interface Schema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
  }
}

type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

interface SchemaIssue {
  readonly message: string
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined
}

/** What goes into a schema. */
export type InputOf<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly input: infer I }
    ? I
    : unknown
  : never

/** What comes out of a schema. */
export type OutputOf<S> = S extends { readonly '~standard': { readonly types?: infer T } }
  ? NonNullable<T> extends { readonly output: infer O }
    ? O
    : unknown
  : never

/** One thing that a schema found wrong: where, and why. It holds no value of the data. */
export interface Issue {
  readonly path: readonly (string | number)[]
  readonly message: string
}

/** The result of {@link check}: the validated value, or the issues. */
export type Checked =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] }

const MAX_ISSUES = 20
/** The service decides how deep its body is, and how long its keys and so the messages about them are. */
const MAX_STEPS = 32
const MAX_LENGTH = 300

export function isSchema(value: unknown): value is Schema {
  if ((typeof value !== 'object' || value === null) && typeof value !== 'function') return false
  const standard = (value as { '~standard'?: { validate?: unknown } })['~standard']
  return typeof standard === 'object' && standard !== null && typeof standard.validate === 'function'
}

/**
 * Zod schemas that have turned out to be asynchronous. Their `validate` tries synchronously first, each time, so that a
 * refinement would run twice and the rejection of its first run would be nobody's (colinhacks/zod#6610).
 */
let asynchronous: WeakSet<Schema> | undefined

/** Validates `value`; a schema that throws is taken for one that refuses. */
export function check(schema: Schema, value: unknown): Checked | Promise<Checked> {
  try {
    const result = asynchronous?.has(schema) ? parseAsync(schema, value) : schema['~standard'].validate(value)
    if (!isThenable(result)) return checked(result)
    if (typeof (schema as ZodLike).safeParseAsync === 'function') {
      asynchronous ??= new WeakSet()
      asynchronous.add(schema)
    }
    return Promise.resolve(result).then(checked).catch(refused)
  } catch {
    return refused()
  }
}

interface ZodLike extends Schema {
  readonly safeParseAsync?: (value: unknown) => Promise<ZodResult>
}

type ZodResult =
  | { readonly success: true; readonly data: unknown }
  | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } }

async function parseAsync(schema: ZodLike, value: unknown): Promise<SchemaResult<unknown>> {
  const result = (await schema.safeParseAsync?.(value)) as ZodResult
  return result.success ? { value: result.data } : { issues: result.error.issues }
}

/** Not every library makes its promises with the class of this realm. */
const isThenable = <T>(value: T | Promise<T>): value is Promise<T> =>
  typeof (value as Partial<Promise<T>>).then === 'function'

function checked(result: SchemaResult<unknown>): Checked {
  return result.issues === undefined
    ? (result as { value: unknown })
    : { issues: result.issues.slice(0, MAX_ISSUES).map(issue) }
}

const refused = (): Checked => ({ issues: [{ path: [], message: 'the schema threw an error' }] })

function issue({ message, path = [] }: SchemaIssue): Issue {
  const steps = path.slice(0, MAX_STEPS).map(step => {
    const key = typeof step === 'object' ? step.key : step
    return typeof key === 'number' ? key : oneLine(String(key))
  })
  return { path: steps, message: oneLine(withoutValues(message)) }
}

/**
 * Valibot and arktype quote the offending value in their messages; an error must not carry it into a log. Neither
 * escapes what it quotes, so nothing behind it can be told from it.
 */
function withoutValues(message: string): string {
  return message
    .replace(/\b(received) (?:["'`\d-]|true\b|false\b).*/is, '$1 another value')
    .replace(/\((?:was|SyntaxError:) .*/s, '(was another value)')
}

/** Cut, and without the control characters that would begin another line of a log. */
function oneLine(text: string): string {
  const cut = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}...` : text
  return cut.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
}
