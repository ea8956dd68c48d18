// Starts children/worker.ts in processes of their own; Node 20 runs no TypeScript, so it is compiled first.
import { type ChildProcess, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import ts from 'typescript-5'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Compiles the worker, with what it imports, into a directory of its own. */
export function compileWorker(): { readonly directory: string; readonly worker: string; clear(): void } {
  const directory = mkdtempSync(join(tmpdir(), 'guise-worker-'))
  const entry = join(root, 'test/stores/children/worker.ts')
  const outFile = (file: string) => join(directory, relative(root, file)).replace(/\.ts$/, '.js')
  const todo = new Set([entry])
  // A set gives out what is added to it while it is walked.
  for (const file of todo) {
    const { outputText } = ts.transpileModule(readFileSync(file, 'utf8'), {
      compilerOptions: {
        target: ts.ScriptTarget.ES2022,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
      },
    })
    mkdirSync(dirname(outFile(file)), { recursive: true })
    writeFileSync(outFile(file), outputText)
    for (const [, path = ''] of outputText.matchAll(/from '(\.[^']+)\.js'/g))
      todo.add(`${join(dirname(file), path)}.ts`)
  }
  writeFileSync(join(directory, 'package.json'), '{"type":"module"}')
  return {
    directory,
    worker: outFile(entry),
    clear: () => rmSync(directory, { recursive: true, force: true }),
  }
}

export interface Worker {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly lines: string[]
  /** Resolves when it has said so many lines, or has ended. */
  said(count: number): Promise<void>
  /** Resolves with how it ended, when all that it said has arrived. */
  readonly ended: Promise<{ code: number | null; signal: string | null; stderr: string }>
}

export function startWorker(worker: string, file: string, task: string, name = task): Worker {
  const child = fork(worker, [root, file, task, name], { stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
  const lines: string[] = []
  let wake = () => {}
  let over = false
  let stderr = ''
  child.stderr?.on('data', chunk => {
    stderr += chunk
  })
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', line => {
    lines.push(line)
    wake()
  })
  const ended = new Promise<{ code: number | null; signal: string | null; stderr: string }>(resolve => {
    child.once('close', (code, signal) => {
      over = true
      wake()
      resolve({ code, signal, stderr })
    })
  })
  return {
    child,
    lines,
    ended,
    async said(count) {
      while (lines.length < count && !over)
        await new Promise<void>(resolve => {
          wake = resolve
        })
    },
  }
}
