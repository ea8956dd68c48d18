// The build's JavaScript: a file for each door of the package and what they share. To load the hundred modules of `src`
// one by one takes Node half as long again. Types come from tsc, and no dependency is bundled.
import { defineConfig } from 'rolldown'

const doors = ['context', 'outbox', 'receiver', 'template', 'testing', 'cli']

export default defineConfig({
  input: {
    index: 'src/index.ts',
    ...Object.fromEntries(doors.map(door => [`${door}/index`, `src/${door}/index.ts`])),
  },
  platform: 'node',
  external: /^[^./]/,
  output: {
    dir: 'dist',
    format: 'esm',
    sourcemap: true,
    chunkFileNames: 'shared/[name].js',
  },
})
