/** Retrofit's annotated parameters in guise's decorators. */
import { Body, Call, Field, FieldMap, HeaderMap, Param, Part, PartMap, Query, QueryMap, Url } from 'guise'
import type { Parameter } from './declare.js'

export interface RetrofitParameter {
  readonly in: string | null
  readonly name?: string
  readonly type: string
  readonly encoded?: boolean
}

interface InGuise {
  /** What goes into the template's query. */
  readonly query: string
  readonly parameters: readonly Parameter[]
}

export function toGuise(params: readonly RetrofitParameter[], args: readonly unknown[]): InGuise {
  const items: string[] = []
  const parameters = params.map((one, index) => {
    const variable = `q${index}`
    if (one.in === 'queryName') items.push(`{${variable}}`)
    // A name and a value that are encoded already are for the template and an encoded variable in it.
    else if (one.in === 'query' && one.encoded) items.push(`${one.name}={${variable}}`)
    else return parameterOf(one, args[index])
    return { decorator: Param(variable, { encoded: one.encoded === true }), argument: args[index] }
  })
  return { query: items.join('&'), parameters }
}

function parameterOf(one: RetrofitParameter, argument: unknown): Parameter {
  const { name = '', type, encoded = false } = one
  switch (one.in) {
    case null:
      return { decorator: undefined, argument }
    case 'path':
      return { decorator: Param(name, { encoded }), argument }
    case 'query':
      return { decorator: Query(name), argument }
    case 'queryMap':
      return { decorator: QueryMap(), argument }
    case 'headerMap':
      return { decorator: HeaderMap(), argument: type === 'headers' ? headersOf(argument) : argument }
    case 'field':
      return { decorator: Field(name), argument }
    case 'fieldMap':
      return { decorator: FieldMap(), argument }
    case 'part':
      return partOf(one, argument)
    case 'partMap':
      return {
        decorator: PartMap(),
        argument: mapValues(argument as Readonly<Record<string, unknown>>, contentOf),
      }
    case 'body':
      return bodyOf(argument)
    case 'url':
      return { decorator: Url(), argument }
    // Tags of a call are call options in guise.
    case 'tag':
      return { decorator: Call(), argument: undefined }
    default:
      throw new Error(`no decorator is known for ${one.in}`)
  }
}

/** OkHttp's `Headers` hold a name more than once; a record holds a list of values. */
function headersOf(pairs: unknown): unknown {
  if (pairs === null) return null
  const lists: Record<string, string[]> = {}
  for (const [name, value] of pairs as [string, string][]) lists[name] = [...(lists[name] ?? []), value]
  return lists
}

interface TextBody {
  readonly text: string
  readonly contentType?: string
}

function bodyOf(argument: unknown): Parameter {
  if (typeof argument === 'string') return { decorator: Body(), argument }
  const { text, contentType } = argument as TextBody
  return {
    decorator: Body(undefined, contentType === undefined ? {} : { type: contentType }),
    argument: text,
  }
}

interface FilePart {
  readonly name: string
  readonly filename?: string
  readonly value: string
}

/** OkHttp's `MultipartBody.Part` brings its own name: in guise that is a `@PartMap`. */
function partOf({ name = '', type }: RetrofitParameter, argument: unknown): Parameter {
  if (name === '' && type.startsWith('filepart')) {
    const parts = (Array.isArray(argument) ? argument : [argument]) as FilePart[]
    const named = parts.map(part => [part.name, part.filename === undefined ? part.value : fileOf(part)])
    return { decorator: PartMap(), argument: Object.fromEntries(named) }
  }
  return { decorator: Part(name), argument: contentOf(argument) }
}

const fileOf = ({ value, filename = '' }: FilePart): File => new File([value], filename)

const contentOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'text' in value ? (value as TextBody).text : value

const mapValues = (record: Readonly<Record<string, unknown>>, change: (value: unknown) => unknown) =>
  Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]))
