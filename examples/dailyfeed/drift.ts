// Whether a declared class still fits its service: a route that the service has not is found before it is called.
import { contractOf } from 'guise'

type ServiceClass = new () => object

/** The routes of a class as its decorators declare them, without their queries: `GET /api/members/{memberId}`. */
export function routesOf(Class: ServiceClass): string[] {
  return Object.values(contractOf(Class).methods).map(({ verb, template }) => {
    return `${verb} ${template.replace(/\{[?&].*\}$/, '')}`
  })
}

/** Those of them that the service does not take. What a variable is called is each side's own business. */
export function driftOf(Class: ServiceClass, service: { readonly routes: readonly string[] }): string[] {
  const bare = (route: string) => route.replace(/\{\w+\}/g, '{}')
  const taken = new Set(service.routes.map(bare))
  return routesOf(Class).filter(route => !taken.has(bare(route)))
}
