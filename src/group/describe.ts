/** What a group does with each of its methods, and for whom. */
import { describeClient } from '../client/describe.js'
import type { ClientDescription } from '../client/index.js'
import type { ServiceContract } from '../contract/index.js'
import type { GroupTarget } from './target.js'
import type { TargetDeclaration } from './targets.js'

export function describeGroup({ name }: ServiceContract, targets: readonly GroupTarget[]): ClientDescription {
  const described = targets.map(target => ({
    target: target.name,
    ...describeClient(`${name}, target ${target.name}`, target.assembled.described),
  }))
  return {
    client: name,
    methods: described.flatMap(({ target, methods }) =>
      methods.map(one => ({ ...one, method: `${one.method}, target ${target}` })),
    ),
    toString: () => described.map(one => one.toString()).join('\n'),
  }
}

export function pathsOf(
  { name: service, methods }: ServiceContract,
  targets: readonly GroupTarget[],
): TargetDeclaration[] {
  return Object.values(methods).flatMap(({ id: method }) =>
    targets.map(({ name: target, url }) => ({
      service,
      method,
      target,
      url: urlText(url),
      how: 'group' as const,
    })),
  )
}

function urlText(url: GroupTarget['url']): string | undefined {
  if (typeof url === 'function') return undefined
  return Array.isArray(url) ? url.map(String).join(', ') : String(url)
}
