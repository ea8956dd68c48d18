/** The multipart service of the encoding tests, and what Node's own parser reads of a call to it. */
import { Call, type CallOptions, Header, Headers, Part, PartMap, type PartValue, Post, remote } from 'guise'
import { expect } from 'vitest'
import { requestOf } from './support.js'

export type Parts = PartValue | readonly PartValue[] | null | undefined

export class Upload {
  @Post()
  one(@Part('a') a: Parts): Promise<unknown> {
    return remote(a)
  }
  @Post()
  two(
    @Part('a') a: Parts,
    @Part('b', { filename: 'b.txt', type: 'text/x-b; v=1' }) b?: Parts,
  ): Promise<unknown> {
    return remote(a, b)
  }
  @Post()
  json(@Part('a', { type: 'application/vnd.a+json' }) a: Parts): Promise<unknown> {
    return remote(a)
  }
  @Post()
  map(
    @PartMap() map: Record<string, Parts> | ReadonlyMap<string, Parts> | null | undefined,
  ): Promise<unknown> {
    return remote(map)
  }
  @Post()
  @Headers({ 'content-type': 'multipart/form-data' })
  declared(
    @Part('a') a: string,
    @Header('content-type') own?: string,
    @Call() options?: CallOptions,
  ): Promise<unknown> {
    return remote(a, own, options)
  }
}

export const typeWithBoundary = /^multipart\/form-data; boundary=guise-[\da-f]{36}$/

/** A call's parts, and its body as it is, a character for each byte. */
export async function send(
  call: (client: Upload) => Promise<unknown>,
): Promise<{ form: FormData; raw: string }> {
  const { headers, body, raw } = await requestOf(Upload, call)
  expect(headers['content-type']).toMatch(typeWithBoundary)
  expect(body).toBeInstanceOf(FormData)
  return { form: body as FormData, raw: Buffer.from(raw.body as Uint8Array).toString('latin1') }
}

export const entriesOf = (form: FormData) => [...form].map(([name, value]) => [name, String(value)])

export function fileOf(form: FormData, name: string): File {
  const file = form.get(name)
  if (!(file instanceof File)) throw new Error(`${name} is no file`)
  return file
}
