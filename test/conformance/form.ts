/** Bodies of forms: `@Field` and `@FieldMap` against feign-form. */
import { Field, FieldMap } from 'guise'
import type { Case } from './case.js'
import { accepted, type Parameter } from './declare.js'
import { check, equal } from './equal.js'
import { type CollectionFormat, styleOf } from './feign-dialect.js'

interface Form {
  readonly data: Readonly<Record<string, unknown>>
  readonly collectionFormat: CollectionFormat
}

/** A map writes its lists as `a=1&a=2`; another style is told to each field. */
export async function runForm({ input: { data, collectionFormat }, expect }: Case<Form>): Promise<void> {
  const style = styleOf(collectionFormat)
  const fields = Object.entries(data).map(([name, argument]) => ({
    decorator: Field(name, { style }),
    argument,
  }))
  const map: Parameter[] = [{ decorator: FieldMap(), argument: data }]
  for (const parameters of style === 'repeat' ? [map, fields] : [fields]) {
    const { request } = await accepted({ verb: 'POST', parameters })
    check(expect, {
      body: (body: string) => sameForm(request.body, body),
      contentType: (type: string) =>
        equal('content-type', mediaType(request.headers['content-type']), mediaType(type)),
    })
  }
}

/** The same fields after decoding. */
export function sameForm(actual: string | null, wanted: string): void {
  const fields = (body: string) => [...new URLSearchParams(body)]
  equal('form', actual === null ? null : fields(actual), fields(wanted))
}

/** Without parameters: this type has none (WHATWG URL, section 5.1), and the cases differ over them. */
export const mediaType = (type: string | undefined): string | undefined => type?.split(';')[0]
