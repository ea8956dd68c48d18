// The declared class of the soak of the outbox, which is plain JavaScript: its decorators are applied by hand.
import { Body, Client, IdempotencyKey, nothing, Post, Responses, remote } from 'guise'
import { z } from 'zod'

export const TARGETS = ['activity', 'ads', 'mail']
export const MAX_ATTEMPTS = 10

export class Events {
  happened(...args) {
    return remote(args)
  }
}

const Event = z.object({ number: z.int(), key: z.string().optional() })
const descriptor = Object.getOwnPropertyDescriptor(Events.prototype, 'happened')
Body(Event)(Events.prototype, 'happened', 0)
IdempotencyKey()(Events.prototype, 'happened', 1)
Responses({ 201: nothing() })(Events.prototype, 'happened', descriptor)
Post('/events')(Events.prototype, 'happened', descriptor)
Client({ name: 'events' })(Events)

const KEYS = 6

/** Two of three messages have an order key; some keys have many messages, others few. */
export const keyOf = number => (number % 3 === 0 ? undefined : `key-${number % 7 < 3 ? 0 : number % KEYS}`)

/** What one target will never take. */
export const isPoison = (number, target) => target === 'ads' && number % 97 === 13

export const idOf = (seed, number) => `soak-${seed}-${number}`
export const numberOf = id => Number(id.slice(id.lastIndexOf('-') + 1))
