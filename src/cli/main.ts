/** The commands of `guise`: reads the command line, runs the command, and makes an exit code of how it ended. */
import { readFileSync } from 'node:fs'
import { type CliIo, UsageError } from './io.js'
import { map } from './map.js'
import { outbox } from './outbox.js'
import { firstLine, printable } from './text.js'

const HELP = `guise: who notifies whom, and what became of it

  guise map <module>... [--mermaid] [--from <name>]
      Imports compiled modules and prints the groups and outboxes that they export: who notifies whom.
      --mermaid        as a Mermaid flowchart
      --from <name>    the sender's name; by default the outbox's, or that of the package here

  guise outbox <store> <action> [--json] [--schema <name>]
      <store> is sqlite:<file> or postgres://<user>@<host>/<database>; --schema is PostgreSQL's, by default guise.
      stats                                   how many deliveries of each target are in which state
      dead [--target <t>] [--limit <n>] [--after <seq>]
                                              dead deliveries, the oldest first
      show <id>                               all deliveries of a message
      replay <ids...> --actor <who> --reason <why> [--target <t>] [--expires-in 24h]
                                              sends dead messages again
      cancel <ids...> --actor <who> --reason <why> [--target <t>]
                                              pending messages are never sent
      pause <target> --actor <who> --reason <why>
      resume <target> --actor <who> --reason <why>

  guise --help, guise --version

Exit codes: 0 done, 1 not done or not all of it, 2 called wrongly.
`

const commands: Readonly<Record<string, (args: readonly string[], io: CliIo) => Promise<number>>> = {
  map,
  outbox,
}

/**
 * @param argv without the program's own name.
 * @returns the exit code.
 */
export async function main(argv: readonly string[], io: CliIo): Promise<number> {
  const [name, ...args] = argv
  if (name === '--version' || name === '-v') return say(io, `${version()}\n`)
  if (name === '--help' || name === '-h' || name === 'help') return say(io, HELP)
  const command = name !== undefined && Object.hasOwn(commands, name) ? commands[name] : undefined
  try {
    if (command === undefined) {
      const what = name === undefined ? 'a command is missing' : `there is no command ${printable(name)}`
      throw new UsageError(`${what}; see guise --help`)
    }
    if (args.includes('--help')) return say(io, HELP)
    return await command(args, io)
  } catch (error) {
    io.err(`guise: ${told(error)}\n`)
    return isUsage(error) ? 2 : 1
  }
}

function say(io: CliIo, text: string): number {
  io.out(text)
  return 0
}

/** `parseArgs` throws errors of its own. */
const isUsage = (error: unknown): boolean =>
  error instanceof UsageError ||
  String((error as { readonly code?: unknown } | null)?.code).startsWith('ERR_PARSE_ARGS')

function told(error: unknown): string {
  if (!(error instanceof Error)) return 'something failed that is no error'
  const line = firstLine(error.message)
  // The first sentence says what is wrong; the others explain how to write a dash.
  return isUsage(error) && !(error instanceof UsageError) ? (line.split('. ', 1)[0] as string) : line
}

function version(): string {
  const { version: own } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return own as string
}
