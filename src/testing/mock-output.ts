/** Whether a value can come out of a schema. Schemas check what goes in; of one that changes it, the rest is checked. */
import { isDeepStrictEqual } from 'node:util'
import { type Checked, check, type Issue, isSchema, type Schema } from '../schema/standard.js'

type Result = Checked | Promise<Checked>

/** What is to be seen of a zod schema from outside; `_zod.def` is where zod keeps it for tools. */
interface ZodSchema extends Schema {
  readonly _zod: { readonly def: Readonly<Record<string, unknown>> & { readonly type: string } }
}

const isZod = (value: unknown): value is ZodSchema =>
  isSchema(value) && typeof (value as Partial<ZodSchema>)._zod?.def?.type === 'string'

/** A lazy schema may be made anew each time that it is asked for, and has no end then. */
const MOST_PARTS = 1000

/**
 * The value as the schema would hand it out, or the issues. What a transform makes is taken on trust. An asynchronous
 * schema gives a promise.
 */
export function outputOf(schema: Schema, value: unknown): Result {
  if (isZod(schema)) return changes(schema) ? unchangedPart(schema, value) : settled(schema, value)
  // Arktype knows what comes out of a type; of valibot's schemas it shows only whether they change anything.
  const { out } = schema as { out?: unknown }
  if (schema['~standard'].vendor === 'arktype' && isSchema(out)) return settled(out, value)
  return then(settled(schema, value), checked =>
    checked.issues !== undefined && holdsTransformation(schema) ? { value } : checked,
  )
}

/** What a schema drops or trims, no caller ever sees. One that changes its own output again is left alone. */
function settled(schema: Schema, value: unknown): Result {
  return then(check(schema, value), checked => {
    if (checked.issues !== undefined) return checked
    return then(check(schema, checked.value), again =>
      again.issues === undefined && isDeepStrictEqual(again.value, checked.value) ? checked : { value },
    )
  })
}

/** Valibot marks them so. */
function holdsTransformation(schema: object): boolean {
  const seen = new Set<object>([schema])
  for (const part of seen) {
    if ((part as { kind?: unknown }).kind === 'transformation') return true
    for (const member of Object.values(part)) {
      if (typeof member === 'object' && member !== null && seen.size < MOST_PARTS) seen.add(member)
    }
  }
  return false
}

function then<T>(result: Result, next: (checked: Checked) => T | Promise<T>): T | Promise<T> {
  return result instanceof Promise ? result.then(next) : next(result)
}

/** Whether a transform stands anywhere in the schema. */
function changes(schema: ZodSchema): boolean {
  const seen = new Set([schema])
  // A set is walked through to what is added on the way.
  for (const { _zod } of seen) {
    const { def } = _zod
    if (def.type === 'transform' || def.type === 'pipe') return true
    if (seen.size < MOST_PARTS) for (const part of partsOf(def)) seen.add(part)
  }
  return false
}

/** All schemas that stand directly in a definition. */
function partsOf(def: ZodSchema['_zod']['def']): ZodSchema[] {
  const members = def.type === 'lazy' ? [(def.getter as () => unknown)()] : Object.values(def)
  return members.flatMap(nested)
}

function nested(member: unknown): ZodSchema[] {
  if (isZod(member)) return [member]
  if (Array.isArray(member)) return member.flatMap(nested)
  const plain =
    typeof member === 'object' && member !== null && Object.getPrototypeOf(member) === Object.prototype
  return plain ? Object.values(member).filter(isZod) : []
}

/** Checks those parts of a value that no transform has made. The value itself is kept as it is. */
function unchangedPart(schema: ZodSchema, value: unknown): Result {
  const accepted: Checked = { value }
  const inside = (part: unknown, member: unknown) => (isZod(part) ? outputOf(part, member) : accepted)
  const { def } = schema._zod
  switch (def.type) {
    case 'pipe':
      return kept(value, [at([], inside(def.out, value))])
    case 'optional':
    case 'nullable':
      return value === undefined || value === null
        ? check(schema, value)
        : kept(value, [at([], inside(def.innerType, value))])
    case 'default':
    case 'prefault':
    case 'nonoptional':
    case 'readonly':
      return kept(value, [at([], inside(def.innerType, value))])
    case 'lazy':
      return kept(value, [at([], inside((def.getter as () => unknown)(), value))])
    case 'array':
      if (!Array.isArray(value)) return refused('expected an array')
      return kept(
        value,
        value.map((member, index) => at([index], inside(def.element, member))),
      )
    case 'object':
      if (typeof value !== 'object' || value === null) return refused('expected an object')
      return kept(
        value,
        Object.entries(def.shape as object).map(([key, part]) =>
          at([key], inside(part, Reflect.get(value, key))),
        ),
      )
    case 'union':
      return oneOf((def.options as unknown[]).map(option => inside(option, value)))
    default:
      return accepted
  }
}

const refused = (message: string): Checked => ({
  issues: [{ path: [], message: `Invalid output: ${message}` }],
})

function at(path: readonly (string | number)[], result: Result): Issue[] | Promise<Issue[]> {
  const moved = ({ issues = [] }: Checked) =>
    issues.map(issue => ({ ...issue, path: [...path, ...issue.path] }))
  return result instanceof Promise ? result.then(moved) : moved(result)
}

/** The value, if no part has an issue. */
function kept(value: unknown, parts: readonly (Issue[] | Promise<Issue[]>)[]): Result {
  const whole = (issues: readonly Issue[]): Checked => (issues.length === 0 ? { value } : { issues })
  if (parts.every(part => !(part instanceof Promise))) return whole((parts as Issue[][]).flat())
  return Promise.all(parts).then(all => whole(all.flat()))
}

/** The first result without issues, or the one with the fewest. */
function oneOf(results: readonly Result[]): Result {
  const best = (all: readonly Checked[]): Checked =>
    all.reduce((a, b) => ((b.issues?.length ?? 0) < (a.issues?.length ?? 0) ? b : a))
  if (results.every(result => !(result instanceof Promise))) return best(results as Checked[])
  return Promise.all(results).then(best)
}
