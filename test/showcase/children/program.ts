// Makes a program of the examples one file of JavaScript, for a process of its own: Node 20 runs no TypeScript.
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'vite'

const root = fileURLToPath(new URL('../../../', import.meta.url))
const at = (path: string) => join(root, path)

export interface Bundle {
  readonly file: string
  clear(): void
}

/** @param source a module, from the root of the project. */
export async function bundle(source: string): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), 'guise-program-'))
  await build({
    ...{ root, configFile: false, logLevel: 'silent' },
    resolve: {
      alias: [
        { find: /^guise$/, replacement: at('src/index.ts') },
        { find: /^guise\/(.*)$/, replacement: at('src/$1/index.ts') },
      ],
    },
    build: {
      ...{ ssr: at(source), outDir: folder, emptyOutDir: false, minify: false, target: 'node20' },
      rolldownOptions: { output: { entryFileNames: 'program.mjs' } },
    },
  })
  // Dependencies are not put into the file, and are looked for beside it.
  symlinkSync(at('node_modules'), join(folder, 'node_modules'))
  return {
    file: join(folder, 'program.mjs'),
    clear: () => rmSync(folder, { recursive: true, force: true }),
  }
}
