// The compiler checks a declaration: what is right compiles, and each mistake is named at the place where it stands.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Compilation, type Compiler, compile, compilers, root } from './compilers.js'

const here = fileURLToPath(new URL('.', import.meta.url))
const good = readdirSync(join(here, 'good'))
const bad = readdirSync(join(here, 'bad'))
const TIME = 180_000

type Results = Readonly<Record<Compiler, Compilation>>

async function compileAll(directory: string, ...options: string[]): Promise<Results> {
  const results = await Promise.all(
    compilers.map(async name => [name, await compile(name, directory, ...options)]),
  )
  return Object.fromEntries(results)
}

/** What a file of `bad/` says of itself: the message is in its head, the line is marked. */
function mistakeOf(file: string): { line: number; message: string } {
  const text = readFileSync(join(here, 'bad', file), 'utf8')
  const message = /^\/\/ expect: (.+)$/m.exec(text)?.[1]
  const marked = text.split('\n').flatMap((line, index) => (line.endsWith('// <- here') ? [index + 1] : []))
  const [line] = marked
  if (message === undefined || line === undefined || marked.length > 1) {
    throw new Error(`${file} must have one line "// expect: <message>" and one that ends in "// <- here"`)
  }
  return { line, message }
}

describe('declarations', () => {
  let results: Results
  beforeAll(async () => {
    results = await compileAll(here)
  }, TIME)

  describe.each(compilers)('under %s', compiler => {
    it('compile if they are right', () => {
      const { diagnostics, files } = results[compiler]
      // Mistakes in the sources themselves are for `npm run check` to find.
      const unexpected = diagnostics.filter(({ file }) => !file.startsWith('bad/') && !file.startsWith('../'))
      expect(unexpected).toEqual([])
      for (const file of good) expect(files).toContain(join(here, 'good', file))
    })

    it.each(bad)('do not compile with the mistake of %s', file => {
      const { line, message } = mistakeOf(file)
      const found = results[compiler].diagnostics.filter(diagnostic => diagnostic.file === `bad/${file}`)
      expect(found).toEqual([{ file: `bad/${file}`, line, message: expect.stringContaining(message) }])
    })
  })
})

describe('the built package', () => {
  let directory: string
  let results: Results
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'guise-types-'))
    const consumer = join(directory, 'consumer')
    const dist = join(directory, 'package/dist')
    await compile('typescript', root, '-p', 'tsconfig.build.json', '--outDir', dist, '--emitDeclarationOnly')
    cpSync(join(root, 'package.json'), join(directory, 'package/package.json'))
    cpSync(join(here, 'consumer'), consumer, { recursive: true })
    mkdirSync(join(consumer, 'node_modules'))
    symlinkSync(join(directory, 'package'), join(consumer, 'node_modules/guise'))
    symlinkSync(join(root, 'node_modules'), join(directory, 'node_modules'))
    results = await compileAll(consumer)
  }, TIME)
  afterAll(() => rmSync(directory, { recursive: true, force: true }))

  it.each(compilers)('can be used under %s with plain options and without skipLibCheck', compiler => {
    expect(results[compiler].diagnostics).toEqual([])
    expect([...results[compiler].files]).toContainEqual(expect.stringContaining('package/dist/index.d.ts'))
  })
})
