/** A recorded request in a form that is easy to compare, after the rules that hold for each request. */
import type { HttpRequest, RequestBody } from 'guise'

export interface Sent {
  readonly method: string
  /** Origin, path and query. */
  readonly url: string
  /** Path and query. */
  readonly target: string
  /** By names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export async function sentOf({ method, origin, path, headers, body }: HttpRequest): Promise<Sent> {
  // The characters of RFC 3986, sections 3.3 and 3.4, and the brackets that RFC 6570 keeps; nothing else may leave.
  if (!/^\/(?:[\w.~:/?@!$&'()*+,;=[\]-]|%[\dA-Fa-f]{2})*$/.test(path))
    throw new Error(`${path} is no request target`)
  const record: Record<string, string> = {}
  for (let i = 0; i < headers.length; i += 2) {
    const [name = '', value = ''] = headers.slice(i)
    if (name !== name.toLowerCase()) throw new Error(`the header ${name} is not in lower case`)
    if (/[^\t\x20-\x7e\x80-\xff]/.test(value)) throw new Error(`the header ${name} holds a bad character`)
    if (name in record) throw new Error(`the header ${name} leaves twice`)
    record[name] = value
  }
  return { method, url: origin + path, target: path, headers: record, body: await textOf(body) }
}

async function textOf(body: RequestBody): Promise<string | null> {
  if (body === null || typeof body === 'string') return body
  if (body instanceof Uint8Array) return Buffer.from(body).toString()
  const chunks: Buffer[] = []
  for await (const chunk of body) chunks.push(Buffer.from(chunk))
  return Buffer.concat(chunks).toString()
}
