/** Helpers of the contract tests. */
import { contractOf, createClient, DeclarationError, type ServiceClass } from 'guise'
import { mockTransport } from 'guise/testing'
import { expect } from 'vitest'

/** The mistakes of a declaration, each as rule and place. `contractOf` and `createClient` must tell the same. */
export function mistakesOf(Class: ServiceClass): [rule: string, where: string][] {
  const error = thrownBy(() => contractOf(Class))
  const same = thrownBy(() =>
    createClient(Class as never, { url: 'http://service.test', transport: mockTransport() }),
  )
  expect(same.message).toBe(error.message)
  for (const { rule, where } of error.mistakes)
    expect(error.message).toContain(`\n  ${rule}\n    at ${where}`)
  expect(error).toMatchObject({ code: 'GUISE_DECLARATION', attempts: 0, delivery: 'not-sent' })
  return error.mistakes.map(({ rule, where }) => [rule, where])
}

function thrownBy(act: () => unknown): DeclarationError {
  try {
    act()
  } catch (error) {
    if (error instanceof DeclarationError) return error
    throw error
  }
  throw new Error('the declaration was taken')
}
