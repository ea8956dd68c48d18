// vitest with the globals that jest has, so that one suite suits both.
import { defineConfig } from 'vitest/config'

export default defineConfig({ test: { globals: true } })
