/** Asserts that two types are the same, so that one which becomes `any` or `unknown` is noticed. */

/** `true` where both types are the very same: `any` is the same as nothing but `any`. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Fails to compile unless it is given `true`. */
export type Expect<T extends true> = T

/** `typeIs<string>()(value)` fails to compile unless the type of `value` is exactly `string`. */
export declare function typeIs<T>(): <const U>(
  value: U,
  ...same: Equal<T, U> extends true ? [] : [never]
) => void
