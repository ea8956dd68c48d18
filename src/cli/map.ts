/** `guise map`: who notifies whom, read from the guises that a project exports. */
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { declaredTargets, type TargetDeclaration } from '../group/targets.js'
import { type CliIo, CommandError, UsageError } from './io.js'
import { mermaid } from './mermaid.js'
import { bareUrls, firstLine, printable, table } from './text.js'

/** One way of a message, ready to be shown. */
export interface Path extends Pick<TargetDeclaration, 'service' | 'method' | 'target' | 'how'> {
  readonly from: string
  readonly url: string
}

export async function map(args: readonly string[], io: CliIo): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { mermaid: { type: 'boolean' }, from: { type: 'string' } },
  })
  if (positionals.length === 0) throw new UsageError('map needs a module: guise map ./dist/notify.js')
  const found = new Set<object>()
  for (const name of positionals) for (const guise of guisesIn(await load(name, io))) found.add(guise)
  if (found.size === 0) throw new CommandError('no group and no outbox is among the exports of these modules')
  const from = values.from ?? nameOf(io.cwd)
  const paths = [...found].flatMap(guise => pathsOf(guise, values.from, from))
  io.out(values.mermaid ? mermaid(paths) : asText(paths))
  return 0
}

async function load(name: string, { cwd, load: importFile }: CliIo): Promise<unknown> {
  const file = resolve(cwd, name)
  if (!statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new CommandError(`there is no module ${printable(name)}`)
  try {
    return await importFile(file)
  } catch (error) {
    const what =
      error instanceof Error ? `${error.name}: ${firstLine(error.message)}` : 'it threw what is no error'
    const hint = /\.[cm]?tsx?$/.test(file)
      ? '; compile it first and give the .js file: Node runs no decorators'
      : ''
    throw new CommandError(`cannot import ${printable(name)}: ${what}${hint}`)
  }
}

/** Among the exports, and one level below them. No getter is called: it might do anything. */
function guisesIn(exports: unknown): object[] {
  const found: object[] = []
  for (const value of valuesOf(exports)) {
    if (declaredTargets(value) !== undefined) found.push(value as object)
    else
      found.push(...valuesOf(value).filter((inner): inner is object => declaredTargets(inner) !== undefined))
  }
  return found
}

function valuesOf(holder: unknown): unknown[] {
  if (typeof holder !== 'object' || holder === null) return []
  if (holder instanceof Map) return [...holder.values()]
  // An export that is not initialised yet throws when its descriptor is read.
  return Object.keys(holder).flatMap(key => {
    try {
      return [Object.getOwnPropertyDescriptor(holder, key)?.value as unknown]
    } catch {
      return []
    }
  })
}

function pathsOf(guise: object, said: string | undefined, usual: string): Path[] {
  return (declaredTargets(guise)?.() ?? []).map(({ from, url, ...path }) => ({
    ...path,
    from: said ?? from ?? usual,
    url: url === undefined ? '(asked for each call)' : bareUrls(url),
  }))
}

/** The name of the package here, which is the service. */
function nameOf(cwd: string): string {
  try {
    const { name } = JSON.parse(readFileSync(join(cwd, 'package.json'), 'utf8')) as { name?: unknown }
    if (typeof name === 'string' && name !== '') return name
  } catch {
    // There is no package, or none that can be read.
  }
  return 'this service'
}

function asText(paths: readonly Path[]): string {
  const senders = [...new Set(paths.map(({ from }) => from))]
  return senders
    .map(sender => {
      const rows = paths
        .filter(({ from }) => from === sender)
        .map(({ service, method, how, target, url }) => [service, method, how, target, url])
      return `${printable(sender)} notifies:\n${table(['SERVICE', 'METHOD', 'HOW', 'TARGET', 'URL'], rows)}\n`
    })
    .join('\n')
}
