/** The file of a recording: one JSON document, pretty, in the order of the calls. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { MockError } from './mock-error.js'

const body = { json: z.unknown().optional(), text: z.string().optional(), base64: z.string().optional() }
const headers = z.record(z.string(), z.union([z.string(), z.array(z.string())]))

const Call = z.object({
  call: z.string(),
  request: z.object({ method: z.string(), path: z.string(), headers, ...body }),
  response: z.object({ status: z.int(), headers, truncated: z.boolean().optional(), ...body }).optional(),
  failure: z
    .object({
      kind: z.enum(['connection', 'timeout', 'body', 'request-body']),
      reason: z.string(),
      phase: z.enum(['connect', 'attempt', 'total']).optional(),
      sent: z.boolean(),
      reused: z.boolean(),
      answered: z.boolean(),
      status: z.int().optional(),
      code: z.string().optional(),
    })
    .optional(),
})

const File = z.object({
  about: z.string(),
  version: z.literal(1),
  redacted: z.array(z.string()),
  calls: z.array(Call),
})

/** One call of a file: what was sent, and what came of it. */
export type FixtureCall = z.infer<typeof Call>

/** What a file holds. `redacted`: the listed paths of bodies, by which a request is to be compared. */
export type Fixture = z.infer<typeof File>

/** A file as a message names it. */
export function nameOf(file: string | URL): string {
  const path = pathOf(file)
  const near = relative('.', path)
  return near.startsWith('..') ? path : near
}

const pathOf = (file: string | URL): string => (file instanceof URL ? fileURLToPath(file) : file)

export function writeFixture(file: string | URL, fixture: Pick<Fixture, 'redacted' | 'calls'>): void {
  const path = pathOf(file)
  mkdirSync(dirname(path), { recursive: true })
  const whole = { about: 'Recorded by guise; credentials are redacted.', version: 1, ...fixture }
  writeFileSync(path, `${JSON.stringify(whole, undefined, 2)}\n`)
}

export function readFixture(file: string | URL): Fixture {
  const name = nameOf(file)
  let text: string
  try {
    text = readFileSync(pathOf(file), 'utf8')
  } catch (cause) {
    throw new MockError(`there is no recording ${name}; make it with use: [record('${name}')]`, { cause })
  }
  const result = File.safeParse(jsonOf(text))
  if (result.success) return result.data
  const [issue] = result.error.issues
  throw new MockError(
    `${name} is no recording of guise: ${issue?.path.join('.') || 'the file'}: ${issue?.message}`,
  )
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
