// content-svc in a process of its own, which can be killed.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

const URL_LINE = /^content-svc at (.+)$/

export class Program {
  readonly #child: ChildProcess
  /** What it has printed, errors included. */
  readonly lines: string[] = []
  /** Where it takes requests; '' where it only delivers. */
  url = ''
  /** Resolves when it is gone, and all that it printed is here. */
  readonly gone: Promise<void>

  private constructor(main: string, env: Readonly<Record<string, string>>) {
    const child = spawn(process.execPath, [main], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#child = child
    // Not to outlive this process, however it ends.
    const end = () => child.kill('SIGKILL')
    process.once('exit', end)
    this.gone = new Promise(resolve => {
      child.once('close', () => {
        process.off('exit', end)
        resolve()
      })
    })
  }

  /** Resolves when it is ready: it prints a line then. */
  static async start(main: string, env: Readonly<Record<string, string>>): Promise<Program> {
    const program = new Program(main, env)
    const ready = new Promise<void>(resolve => {
      for (const stream of [program.#child.stdout, program.#child.stderr])
        createInterface({ input: stream as NodeJS.ReadableStream }).on('line', line => {
          program.lines.push(line)
          program.url ||= URL_LINE.exec(line)?.[1] ?? ''
          if (line.startsWith('content-svc')) resolve()
        })
    })
    const failed = program.gone.then(() => {
      throw new Error(`content-svc did not start: ${program.lines.slice(0, 5).join(' ')}`)
    })
    await Promise.race([ready, failed])
    return program
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  /** SIGTERM ends it in good order; SIGKILL, at once and wherever it is. */
  async end(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#child.kill(signal)
    await this.gone
  }
}
