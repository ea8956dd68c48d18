// The public names of the receiver, frozen: a name that is exported by accident, or lost, is seen here.
import * as receiver from 'guise/receiver'
import { expect, it } from 'vitest'

it('guise/receiver exports these values and no others', () => {
  expect(Object.keys(receiver).sort()).toEqual([
    'createInbox',
    'deduplicate',
    'memoryDedupe',
    'notificationOf',
    'postgresDedupe',
    'redisDedupe',
    'signWebhook',
    'verifyWebhook',
  ])
})
