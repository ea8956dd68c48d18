/** Runs the compilers that guise supports, and reads what they print. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** The packages of the compilers. From version 7 on there is no API in JavaScript, so all are run as programs. */
export const compilers = ['typescript-5', 'typescript-6', 'typescript'] as const
export type Compiler = (typeof compilers)[number]

export interface Diagnostic {
  /** Relative to the directory in which the compiler ran. */
  readonly file: string
  /** Counted from 1. */
  readonly line: number
  /** The whole message, its further lines included. */
  readonly message: string
}

export interface Compilation {
  readonly diagnostics: readonly Diagnostic[]
  /** Absolute paths of all files that were compiled. */
  readonly files: ReadonlySet<string>
}

/** Compiles in the directory `cwd`. A compiler that finds mistakes has done its work; one that does not run rejects. */
export function compile(compiler: Compiler, cwd: string, ...options: string[]): Promise<Compilation> {
  const program = `${root}/node_modules/${compiler}/bin/tsc`
  const args = [program, '--pretty', 'false', '--listFiles', ...options]
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { cwd, maxBuffer: 2 ** 26 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error)
      else if (stderr !== '') reject(new Error(stderr))
      else resolve(read(stdout))
    })
  })
}

function read(output: string): Compilation {
  const diagnostics: { file: string; line: number; message: string }[] = []
  const files = new Set<string>()
  for (const text of output.split(/\r?\n/)) {
    const [, file, line, message] = /^(?:(.+?)\((\d+),\d+\): )?error TS\d+: (.*)$/.exec(text) ?? []
    const last = diagnostics.at(-1)
    if (message !== undefined) diagnostics.push({ file: file ?? '', line: Number(line ?? 0), message })
    else if (text.startsWith(' ') && last !== undefined) last.message += `\n${text}`
    else if (text !== '') files.add(text)
  }
  return { diagnostics, files }
}
