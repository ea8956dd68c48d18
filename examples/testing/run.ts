// `npm run test:runners`: the one suite under all three runners, each of which must find the same tests and pass them.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url))
const here = at('.')
const LIMIT = 60_000

interface Count {
  readonly passed: number
  readonly total: number
}

/** vitest and jest report alike. */
function ofJson(printed: string): Count {
  const report = JSON.parse(printed.slice(printed.indexOf('{'))) as Record<string, number>
  return { passed: report.numPassedTests ?? 0, total: report.numTotalTests ?? 0 }
}

function ofTap(printed: string): Count {
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(printed)?.[1] ?? 0)
  return { passed: count('pass'), total: count('tests') }
}

/** What follows `node` on the command line of each. */
const runners: readonly [name: string, args: readonly string[], read: (printed: string) => Count][] = [
  [
    'vitest',
    [at('../../../node_modules/vitest/vitest.mjs'), 'run', '--root', here, '--reporter=json'],
    ofJson,
  ],
  [
    'jest',
    // guise is ESM, and jest's own support for that needs the flag; there is nothing to transform.
    [
      ...['--experimental-vm-modules', '--no-warnings', at('../../../node_modules/jest/bin/jest.js')],
      ...['--rootDir', here, '--config', '{ "transform": {} }', '--json'],
    ],
    ofJson,
  ],
  ['node:test', ['--test', '--test-reporter=tap', at('greeter.test.js')], ofTap],
]

function run(args: readonly string[]): Promise<{ ok: boolean; out: string; err: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: here, timeout: LIMIT }, (error, out, err) =>
      resolve({ ok: error === null, out, err }),
    )
  })
}

const totals = new Set<number>()
for (const [name, args, read] of runners) {
  const { ok, out, err } = await run(args)
  const { passed, total } = ok ? read(out) : { passed: 0, total: 0 }
  if (total > 0 && passed === total) {
    totals.add(total)
    console.log(`${name.padEnd(10)} ${passed} tests passed, on Node ${process.versions.node}`)
  } else {
    console.error(`${name} failed:\n${out}\n${err}`)
    process.exitCode = 1
  }
}
if (totals.size > 1) {
  console.error('The runners did not find the same number of tests.')
  process.exitCode = 1
}
