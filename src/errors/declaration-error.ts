/** The error of a wrong declaration: all mistakes at once, when the guise is made. */
import { brand, GuiseError } from './guise-error.js'

/** One mistake in a declaration. */
export interface Mistake {
  /** What is wrong and, where it can be known, what was meant. */
  readonly rule: string
  /** Class, method and parameter: `MemberClient.byId, parameter 1`. */
  readonly where: string
}

/**
 * A declared class or a guise's options are wrong. The message lists every mistake as "rule, then where".
 *
 * @example
 * // MemberClient has 1 mistake:
 * //   the template has no {memberld}; did you mean {memberId}?
 * //     at MemberClient.byId, parameter 1
 */
export class DeclarationError extends GuiseError {
  override readonly code = 'GUISE_DECLARATION'
  readonly mistakes: readonly Mistake[]

  constructor(subject: string, mistakes: readonly Mistake[]) {
    const count = mistakes.length === 1 ? '1 mistake' : `${mistakes.length} mistakes`
    const list = mistakes.map(({ rule, where }) => `\n  ${rule}\n    at ${where}`)
    super(`${subject} has ${count}:${list.join('')}`, { client: subject })
    this.mistakes = mistakes
  }

  override toJSON(): Record<string, unknown> {
    return { ...super.toJSON(), mistakes: this.mistakes }
  }
}
brand(DeclarationError, 'DeclarationError')
