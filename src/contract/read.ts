/** Reads what the decorators wrote along a class chain into one contract, and collects every mistake on the way. */
import { type MethodRecord, methodRecords } from '../declare/records.js'
import { DeclarationError, type Mistake } from '../errors/index.js'
import { type Part, parse, TemplateError } from '../template/parse.js'
import { checkClass, checkMethod } from './check.js'
import type { MethodContract, Note, ServiceClass, ServiceContract } from './contract.js'
import { checkPath, classNameOf, layersOf, type Merged, mergeClasses, mergeHeaders } from './merge.js'
import { entriesOf, frozenTable } from './responses.js'
import { routeOf, strayText } from './route.js'

const contracts = new WeakMap<ServiceClass, ServiceContract>()

/**
 * The frozen description that all guises of a class are made from.
 *
 * @throws DeclarationError that lists every mistake of the declaration.
 *
 * @example
 * const { methods } = contractOf(MemberClient)
 * methods.byId?.template // '/api/members/{memberId}'
 */
export function contractOf(Class: ServiceClass): ServiceContract {
  let contract = contracts.get(Class)
  if (contract === undefined) {
    contract = read(Class)
    contracts.set(Class, contract)
  }
  return contract
}

function read(Class: ServiceClass): ServiceContract {
  // An arrow function and a bound one have no prototype: they are no class.
  if (typeof Class !== 'function' || typeof Class.prototype !== 'object') {
    throw new DeclarationError('The guise', [
      { rule: 'the first argument must be a class', where: 'its making' },
    ])
  }
  const mistakes: Mistake[] = []
  const note: Note = (rule, where) => mistakes.push({ rule, where })
  const className = classNameOf(Class)
  const chain = chainOf(Class)
  const all = mergeClasses(chain, className, note)
  const methods: Record<string, MethodContract> = Object.create(null)

  for (const [name, { record, prototype }] of membersOf(chain)) {
    const id = `${className}.${String(name)}`
    if (typeof name !== 'string') {
      note('a route must have a name that is a string', id)
      continue
    }
    const contract = readMethod(record, name, id, all, note)
    checkMethod(contract, record, Object.getOwnPropertyDescriptor(prototype, name)?.value, note)
    methods[name] = Object.freeze(contract)
  }
  checkClass(Class, className, Object.keys(methods), note)
  if (mistakes.length > 0) throw new DeclarationError(className, mistakes)
  return Object.freeze({ Class, name: all.name, path: all.path, methods: Object.freeze(methods) })
}

/** The classes from the eldest to `Class` itself. */
function chainOf(Class: ServiceClass): ServiceClass[] {
  const chain: ServiceClass[] = []
  for (
    let at: unknown = Class;
    typeof at === 'function' && at !== Function.prototype;
    at = Object.getPrototypeOf(at)
  ) {
    chain.unshift(at as ServiceClass)
  }
  return chain
}

interface Member {
  readonly record: MethodRecord
  readonly prototype: object
}

/**
 * The decorated members. A subclass that declares a member of the same name replaces the parent's whole: with its own
 * decorators, or with an ordinary method if it has none.
 */
function membersOf(chain: readonly ServiceClass[]): Map<string | symbol, Member> {
  const members = new Map<string | symbol, Member>()
  for (const { prototype } of chain) {
    const own = methodRecords(prototype)
    for (const name of Reflect.ownKeys(prototype)) if (!own.has(name)) members.delete(name)
    for (const [name, record] of own) members.set(name, { record, prototype })
  }
  return members
}

function readMethod(record: MethodRecord, name: string, id: string, all: Merged, note: Note): MethodContract {
  const { verb = '', template = '' } = record.routes[0] ?? {}
  const whole = all.path + checkPath(template, 'the template', id, note)
  if (all.path === '/' && whole.startsWith('//'))
    note('the path of @Client and the template must not begin with // together', id)
  const ownUrl = record.parameters.some(({ binding }) => binding.kind === 'url')
  const parts = partsOf(ownUrl ? '' : whole, id, note)
  const responses = new Map(all.responses)
  for (const table of record.responses) {
    for (const [key, entries] of entriesOf(table, rule => note(rule, id))) responses.set(key, entries)
  }
  const parameters = Object.freeze([...record.parameters].sort((a, b) => a.index - b.index))
  const stray = strayText(parts)
  if (stray !== undefined) note(`what follows ${stray} in the template must begin with & or #`, id)
  return {
    name,
    id,
    client: all.name,
    verb,
    template: whole,
    route: routeOf(parts),
    parameters,
    headers: Object.freeze([...mergeHeaders(all.headers, record.headers, id, note).values()]),
    body: bodyKind(parameters.map(({ binding }) => binding.kind)),
    responses: frozenTable(responses),
    policies: Object.freeze([...all.policies, ...layersOf('method', record.policies, id, note)]),
    idempotent: record.idempotent.length > 0,
  }
}

function partsOf(template: string, where: string, note: Note): readonly Part[] {
  try {
    return parse(template)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    note(error.message, where)
    return []
  }
}

function bodyKind(kinds: readonly string[]): MethodContract['body'] {
  if (kinds.includes('body')) return 'single'
  if (kinds.includes('part') || kinds.includes('part-map')) return 'multipart'
  return kinds.includes('field') || kinds.includes('field-map') ? 'form' : 'none'
}
