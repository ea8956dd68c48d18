/** Starts the processes of the tests; Node 20 runs no TypeScript, so they are bundled first. */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../../../', import.meta.url))

export interface Child {
  /** Resolves with the next message; rejects if the process ends instead. */
  heard(): Promise<unknown>
  /** Ends it at once, without a chance to do anything about it. */
  kill(): Promise<void>
}

export interface Children {
  /** A place for files, deleted by `clear`. */
  readonly directory: string
  start(settings: object): Child
  /** Kills those that are left. */
  clear(): Promise<void>
}

/** Makes a child one file of JavaScript, in a directory of its own. */
export async function compileChild(name: 'sender' | 'receiver'): Promise<Children> {
  const directory = mkdtempSync(join(tmpdir(), 'guise-child-'))
  await build({
    ...{ root, configFile: false, logLevel: 'silent' },
    build: {
      ...{ ssr: join(root, `test/outbox/children/${name}.ts`), outDir: directory, emptyOutDir: false },
      ...{ minify: false, target: 'node20' },
      rolldownOptions: { output: { entryFileNames: 'child.mjs' } },
    },
  })
  // Dependencies are not put into the file, and are looked for beside it.
  symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
  const children: Child[] = []
  return {
    directory,
    start(settings) {
      const child = childOf(fork(join(directory, 'child.mjs'), [JSON.stringify(settings)]))
      children.push(child)
      return child
    },
    async clear() {
      await Promise.all(children.map(child => child.kill()))
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

function childOf(child: ChildProcess): Child {
  const messages: unknown[] = []
  let over = false
  let wake = () => {}
  child.on('message', message => {
    messages.push(message)
    wake()
  })
  const ended = new Promise<void>(resolve => {
    child.once('exit', () => {
      over = true
      wake()
      resolve()
    })
  })
  return {
    async heard() {
      while (messages.length === 0) {
        if (over) throw new Error(`the process ended by itself: ${child.exitCode ?? child.signalCode}`)
        await new Promise<void>(resolve => {
          wake = resolve
        })
      }
      return messages.shift()
    },
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
