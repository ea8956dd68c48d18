/** The rules of a declaration, each with its own sentence. */
import type { MethodRecord, ParameterRecord } from '../declare/records.js'
import { isSchema } from '../schema/standard.js'
import type { MethodContract, Note, ServiceClass } from './contract.js'
import { headerNameMistake, headerVariables, isMediaType } from './headers.js'
import { nearest } from './nearest.js'
import { expressionsOf, queryNames } from './route.js'

/** Names that would make a client something else: a thenable, or an object whose conversions call a service. */
const RESERVED = new Set(['then', 'constructor', 'prototype', '__proto__', 'toJSON', 'toString', 'valueOf'])

export function checkClass(Class: ServiceClass, where: string, routes: readonly string[], note: Note): void {
  if (routes.length === 0) note('the class has no route; declare one with @Get, @Post, ...', where)
  if ('then' in Class.prototype && !routes.includes('then')) {
    note('a member named then would make the client a promise', `${where}.then`)
  }
}

export function checkMethod(
  contract: MethodContract,
  record: MethodRecord,
  value: unknown,
  note: Note,
): void {
  const { id } = contract
  checkRoute(contract, record, note)
  if (record.headers.length > 1) note('@Headers stands twice on the method; write one', id)
  if (record.responses.length > 1) note('@Responses stands twice on the method; write one', id)
  checkParameters(contract, value, note)
  checkVariables(contract, note)
  checkQuery(contract, note)
  checkBody(contract, note)
}

function checkRoute(
  { id, name, verb, parameters }: MethodContract,
  { routes }: MethodRecord,
  note: Note,
): void {
  if (RESERVED.has(name)) note(`a route must not be named ${name}`, id)
  if (routes.length === 0) note('the method has decorators but no route; add @Get, @Post, ...', id)
  if (routes.length > 1)
    note(`the method has ${routes.length} routes (${routes.map(r => `@${title(r.verb)}`).join(', ')})`, id)
  if (routes.length > 0 && !/^[A-Z][A-Z\d-]*$/.test(verb))
    note(`${JSON.stringify(verb)} is no HTTP method; write it in capitals`, id)
  if (verb === 'CONNECT' || verb === 'TRACE') note(`${verb} cannot be a route`, id)
  const url = parameters.find(({ binding }) => binding.kind === 'url')
  if (url !== undefined && routes[0]?.template !== '') {
    note('@Url() gives the whole URL, so the template must be empty', at(id, url))
  }
}

const title = (verb: string): string => verb.charAt(0) + verb.slice(1).toLowerCase()
const at = (id: string, { index }: Pick<ParameterRecord, 'index'>): string => `${id}, parameter ${index + 1}`

/** Each parameter has one binding; a kind that describes the whole request is there once. */
function checkParameters({ id, parameters }: MethodContract, value: unknown, note: Note): void {
  const bound = new Map<number, ParameterRecord>()
  const once = new Map<string, ParameterRecord>()
  for (const parameter of parameters) {
    const { index, label, binding } = parameter
    const other = bound.get(index)
    if (other !== undefined)
      note(`the parameter has two bindings, ${other.label} and ${label}`, at(id, parameter))
    bound.set(index, parameter)
    const name = 'name' in binding ? binding.name : undefined
    const key = `${binding.kind} ${binding.kind === 'header' ? name?.toLowerCase() : (name ?? '')}`
    const twin = once.get(key)
    if (twin !== undefined)
      note(`${label} is already bound by parameter ${twin.index + 1}`, at(id, parameter))
    once.set(key, parameter)
    if (name === '') note(`${label} has no name`, at(id, parameter))
    else if (binding.kind === 'header') {
      const mistake = headerNameMistake(binding.name)
      if (mistake !== undefined) note(mistake, at(id, parameter))
    } else if (binding.kind === 'cookie' && headerNameMistake(binding.name)?.includes('is no header name')) {
      note(`${JSON.stringify(binding.name)} is no cookie name (RFC 6265, section 4.1.1)`, at(id, parameter))
    }
  }
  // A parameter with a default value, and those after it, are not counted by `length`; nothing else tells of them.
  const count = typeof value === 'function' ? value.length : 0
  for (let index = 0; index < count; index++) {
    if (!bound.has(index)) {
      note('the parameter has no decorator; add @Param, @Query, @Header, @Body, ...', at(id, { index }))
    }
  }
}

/** Every variable is bound by a `@Param`, and every `@Param` binds a variable. */
function checkVariables({ id, route, headers, parameters }: MethodContract, note: Note): void {
  const items = [route.path, ...route.query.map(({ parts }) => parts)]
  const expressions = items.flatMap(expressionsOf)
  const inTemplate = new Set(expressions.flatMap(expression => expression.variables.map(({ name }) => name)))
  const inHeaders = new Map(
    headers.flatMap(header => headerVariables(header).map(name => [name, header.name])),
  )
  const variables = new Set([...inTemplate, ...inHeaders.keys()])
  const bound = new Map<string, ParameterRecord>()
  for (const parameter of parameters) {
    if (parameter.binding.kind === 'param') bound.set(parameter.binding.name, parameter)
  }
  for (const [name, parameter] of bound) {
    if (variables.has(name)) continue
    const near = nearest(name, variables)
    const hint = near === undefined ? '' : `; did you mean {${near}}?`
    note(`the template has no {${name}}${hint}`, at(id, parameter))
  }
  for (const name of variables) {
    if (bound.has(name)) continue
    const place = inTemplate.has(name) ? 'the template' : `the header ${inHeaders.get(name)}`
    note(`nothing binds {${name}} of ${place}; add a parameter with @Param('${name}')`, id)
  }
  for (const { operator, variables: specs, text } of expressions) {
    const encoded = specs.filter(({ name }) => isEncoded(bound.get(name)))
    if (encoded.length === 0) continue
    const plain = operator === '' || operator === '+'
    if (
      !plain ||
      encoded.length < specs.length ||
      specs.some(spec => spec.explode || spec.prefix !== undefined)
    ) {
      note(`an encoded @Param must stand alone in its expression, as {name}, not in ${text}`, id)
    }
  }
}

const isEncoded = (parameter: ParameterRecord | undefined): boolean =>
  parameter?.binding.kind === 'param' && parameter.binding.encoded

function checkQuery({ id, route, parameters }: MethodContract, note: Note): void {
  const names = queryNames(route)
  for (const parameter of parameters) {
    const { binding } = parameter
    if (binding.kind === 'query' && names.has(binding.name)) {
      note(
        `the template writes the query parameter ${binding.name} already; bind it with @Param, or take it out`,
        at(id, parameter),
      )
    }
  }
}

function checkBody({ id, verb, parameters }: MethodContract, note: Note): void {
  const of = (...kinds: string[]) => parameters.filter(({ binding }) => kinds.includes(binding.kind))
  const [body, fields, parts] = [of('body'), of('field', 'field-map'), of('part', 'part-map')]
  const first = body[0] ?? fields[0] ?? parts[0]
  if (first === undefined) return
  if (verb === 'GET' || verb === 'HEAD')
    note(`a ${verb} request has no body; use @Query, or another verb`, at(id, first))
  if (body.length > 0 && fields[0]) note('@Body and form fields cannot stand together', at(id, fields[0]))
  if (body.length > 0 && parts[0]) note('@Body and @Part cannot stand together', at(id, parts[0]))
  if (fields.length > 0 && parts[0]) note('form fields and @Part cannot stand together', at(id, parts[0]))
  for (const parameter of parameters) {
    const { binding, label } = parameter
    const type = binding.kind === 'body' || binding.kind === 'part' ? binding.type : undefined
    if (type !== undefined && !isMediaType(type))
      note(`the type of ${label} is no media type`, at(id, parameter))
  }
  const schema = body[0]?.binding
  if (schema?.kind === 'body' && schema.schema !== undefined && !isSchema(schema.schema)) {
    note('the argument of @Body is no schema; it must implement Standard Schema, as zod does', at(id, first))
  }
}
