/** The declaration cases: facts from the test suites of OpenFeign and Retrofit; `meta.kinds` of the file explains them. */
import { readFileSync } from 'node:fs'

export interface Case<Input = never> {
  readonly id: string
  readonly kind: string
  readonly input: Input
  readonly expect: Expectation
}

export type Expectation = Readonly<Record<string, unknown>>

/** Passes if guise does what the case expects; else throws an error that says what guise does instead. */
export type Runner<Input> = (one: Case<Input>) => void | Promise<void>

const file = new URL('../cases/declaration-cases.json', import.meta.url)

export const cases: readonly Case[] = JSON.parse(readFileSync(file, 'utf8')).cases
