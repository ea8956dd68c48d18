/** Compile-time checks of a declaration: a decorator's parameter is intersected with the mistake, where there is one. */
import type { Text } from '../template/text.js'

declare const mistake: unique symbol

/** Appears in a compiler message, and nowhere else: it names the mistake and shows what is and what should be. */
export interface Mistake<Rule extends string, Details> {
  readonly [mistake]: [Rule, Details]
}

/**
 * `unknown` where `Is` fits `Wants`; else a type that nothing has and whose name is the mistake. Of a union only the
 * members that do not fit are shown.
 */
export type Fits<Is, Wants, Rule extends string> = [Is] extends [Wants]
  ? unknown
  : Mistake<
      Rule,
      [Wants] extends [never]
        ? { is: Is extends Wants ? never : Is }
        : { is: Is extends Wants ? never : Is; wants: Wants }
    >

/** A method that can be a route. */
export type RemoteMethod = (...args: never[]) => Promise<unknown>

/** The member `K` of `T`; `never`, which fits everything, for a private one, since the compiler does not show it. */
export type MemberOf<T, K> = K extends keyof T ? T[K] : never

/** What a method resolves to. Not `Awaited`, which the compiler does not see through in a generic class. */
export type ResultOf<F> = [F] extends [(...args: never[]) => Promise<infer R>] ? R : unknown

/** The type of parameter `I` of the method `K` of `T`. */
export type ParameterOf<T, K, I> = K extends keyof T
  ? T[K] extends (...args: infer P) => unknown
    ? I extends keyof P
      ? P[I]
      : P[I & number]
    : never
  : never

type IsText<A> = [A] extends [Text] ? true : false

type HasOnlyText<A extends object> = false extends { [K in keyof A]-?: IsText<A[K]> }[keyof A] ? false : true

/** What RFC 6570 can expand: text, a list of text, or a flat record of text. */
export type Expandable<A> = A extends Text
  ? A
  : A extends readonly (infer E)[]
    ? IsText<E> extends true
      ? A
      : never
    : A extends (...args: never[]) => unknown
      ? never
      : A extends object
        ? HasOnlyText<A> extends true
          ? A
          : never
        : never

/** What a query parameter, a header or a form field can hold: text or a list of text. */
export type Listable<A> = A extends Text
  ? A
  : A extends readonly (infer E)[]
    ? IsText<E> extends true
      ? A
      : never
    : never

/** A flat record (an interface will do) whose values are text or lists of text. */
export type FlatRecord<A> = A extends null | undefined
  ? A
  : A extends ReadonlyMap<string, infer V>
    ? [V] extends [Listable<V>]
      ? A
      : never
    : A extends readonly unknown[] | Text | ((...args: never[]) => unknown)
      ? never
      : A extends object
        ? false extends { [K in keyof A]-?: [A[K]] extends [Listable<A[K]>] ? true : false }[keyof A]
          ? never
          : A
        : never
