// The declared class of the soak, which is plain JavaScript: its decorators are applied by hand.
import { Body, Call, Client, Get, IdempotencyKey, Param, Post, Responses, remote, stream } from 'guise'
import { z } from 'zod'

const Thing = z.object({ id: z.number(), name: z.string() })

export class Things {
  read(...args) {
    return remote(args)
  }
  download(...args) {
    return remote(args)
  }
  store(...args) {
    return remote(args)
  }
  storeOnce(...args) {
    return remote(args)
  }
}

function route(name, verb, entry, ...parameters) {
  const descriptor = Object.getOwnPropertyDescriptor(Things.prototype, name)
  for (const [index, parameter] of parameters.entries()) parameter(Things.prototype, name, index)
  Responses({ 200: entry })(Things.prototype, name, descriptor)
  verb(Things.prototype, name, descriptor)
}

route('read', Get('/{id}'), Thing, Param('id'), Call())
route('download', Get('/{id}/file'), stream(), Param('id'), Call())
route('store', Post('/{id}'), Thing, Param('id'), Body(), Call())
route('storeOnce', Post('/{id}'), Thing, Param('id'), IdempotencyKey(), Body(), Call())
Client({ name: 'things', path: '/things' })(Things)
