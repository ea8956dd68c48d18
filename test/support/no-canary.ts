/** Runs before each test file: no test may print a canary, the string that stands for a credential in all tests. */
import { format } from 'node:util'
import { afterEach, expect } from 'vitest'

const CANARY = /c[a4]n[a4]ry/i
const printed: string[] = []

for (const name of ['log', 'info', 'warn', 'error', 'debug'] as const) {
  const print = console[name].bind(console)
  console[name] = (...values: unknown[]) => {
    printed.push(format(...values))
    print(...values)
  }
}
for (const stream of [process.stdout, process.stderr]) {
  const write = stream.write.bind(stream)
  stream.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    printed.push(String(chunk))
    return write(chunk, ...rest)
  }) as typeof stream.write
}

afterEach(() => {
  const leaks = printed.splice(0).filter(text => CANARY.test(text))
  expect(leaks).toEqual([])
})
