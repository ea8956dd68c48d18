// The public names, frozen: a name that is exported by accident, or lost, is seen here.
import * as guise from 'guise'
import * as template from 'guise/template'
import { expect, it } from 'vitest'

it('guise exports these values and no others', () => {
  expect(Object.keys(guise).sort()).toEqual([
    'ArgumentError',
    'Bearer',
    'Body',
    'Bulkhead',
    'BulkheadFullError',
    'Call',
    'CircuitBreaker',
    'CircuitOpenError',
    'Client',
    'ConnectionError',
    'Cookie',
    'DeclarationError',
    'DecodeError',
    'Delete',
    'Field',
    'FieldMap',
    'Get',
    'GuiseError',
    'Head',
    'Header',
    'HeaderMap',
    'Headers',
    'Http',
    'HttpError',
    'IdempotencyKey',
    'Idempotent',
    'Options',
    'Param',
    'Part',
    'PartMap',
    'Patch',
    'Post',
    'Put',
    'Query',
    'QueryMap',
    'ResponseValidationError',
    'Responses',
    'Retry',
    'Timeout',
    'TimeoutError',
    'Url',
    'bearerToken',
    'bytes',
    'circuitsOf',
    'classify',
    'close',
    'contractOf',
    'createClient',
    'describe',
    'nothing',
    'remote',
    'reply',
    'returns',
    'stream',
    'text',
    'throws',
  ])
})

it('guise/template exports these values and no others', () => {
  expect(Object.keys(template).sort()).toEqual(['TemplateError', 'ValueError', 'parseTemplate'])
})
