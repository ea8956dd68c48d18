/** A request while it is being put together: the binders write into it, the encoder closes it. */
import type { ParameterContract } from '../contract/index.js'
import type { RequestBody } from '../http/message.js'
import type { Part } from './multipart.js'

/** Headers in the flat form in which they leave: names, in lower case, and values in turn. */
export class HeaderList {
  readonly #prepared: readonly string[]
  /** A copy of what was prepared, made when something changes: one call's header must not show in the next. */
  #own: string[] | undefined

  constructor(prepared: readonly string[]) {
    this.#prepared = prepared
  }

  get flat(): readonly string[] {
    return this.#own ?? this.#prepared
  }

  get(name: string): string | undefined {
    const at = this.#indexOf(name)
    return at < 0 ? undefined : this.flat[at + 1]
  }

  /** Replaces the header, whatever the case of the name; `undefined` removes it. */
  set(name: string, value: string | undefined): void {
    const lower = name.toLowerCase()
    const at = this.#indexOf(lower)
    if (value === undefined && at < 0) return
    this.#own ??= [...this.#prepared]
    if (value === undefined) this.#own.splice(at, 2)
    else if (at < 0) this.#own.push(lower, value)
    else this.#own[at + 1] = value
  }

  /** Sets the header unless it is there. */
  setDefault(name: string, value: string): void {
    if (this.#indexOf(name) < 0) this.set(name, value)
  }

  #indexOf(name: string): number {
    const { flat } = this
    for (let i = 0; i < flat.length; i += 2) if (flat[i] === name) return i
    return -1
  }
}

export class Draft {
  readonly headers: HeaderList
  /** What `@Query` and `@QueryMap` add: `a=1&b=2`. */
  query = ''
  /** Fields of a form: `a=1&b=2`. */
  form = ''
  /** Parts of a multipart body; most calls have none. */
  parts: Part[] | undefined
  body: RequestBody = null
  /** The body's own content type, for where no header says another. */
  bodyType: string | undefined
  /** The URL of this call, where `@Url()` gave one. */
  url: URL | undefined
  /** The parameter that is being written, for an error to name. */
  at: ParameterContract | undefined

  constructor(headers: readonly string[]) {
    this.headers = new HeaderList(headers)
  }
}

/** Joins what may be empty with `&`. */
export const joinQuery = (a: string, b: string): string => (a === '' ? b : b === '' ? a : `${a}&${b}`)
