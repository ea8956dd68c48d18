// The `test` of whatever runs this: the global one of jest, and of vitest with `globals: true`; else that of node:test.
// Your own tests say `import { test } from 'vitest'` or `from 'node:test'`, and need no such file.
type Test = (name: string, run: () => void | Promise<void>) => unknown

const { test: global } = globalThis as { test?: Test }

export const test: Test = global ?? (await import('node:test')).test
