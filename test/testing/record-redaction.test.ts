// No credential reaches the file of a recording, wherever it stands in a call; and a replay does not miss it.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import {
  Bearer,
  Body,
  Call,
  type CallOptions,
  Client,
  Cookie,
  createClient,
  Field,
  FieldMap,
  Get,
  Header,
  HeaderMap,
  Headers,
  IdempotencyKey,
  Param,
  Part,
  Post,
  Query,
  QueryMap,
  Responses,
  remote,
  reply,
} from 'guise'
import { type MockAnswer, MockError, mockTransport, record, replay } from 'guise/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { rejection } from '../decode/support.js'

const CANARY = 'c4n4ry'
const Any = z.unknown()

@Client({ name: 'vault', path: '/v1' })
@Headers({ 'x-api-key': CANARY, 'x-plain': 'plain-header' })
class Vault {
  @Post('/users/{id}{?q}')
  @Responses({ 200: reply(Any), 403: reply(Any) })
  post(
    @Param('id') id: string,
    @Param('q') q: string,
    @Query('api_key') key: string,
    @QueryMap() more: Record<string, string>,
    @Header('x-auth-token') secret: string,
    @HeaderMap() headers: Record<string, string>,
    @Cookie('sid') cookie: string,
    @Bearer() token: string,
    @IdempotencyKey() idempotency: string,
    @Body() body: unknown,
    @Call() options?: CallOptions,
  ): Promise<unknown> {
    return remote(id, q, key, more, secret, headers, cookie, token, idempotency, body, options)
  }

  @Post('/form') @Responses({ 200: Any }) form(
    @Field('password') password: string,
    @Field('pin') pin: string,
    @FieldMap() more: Record<string, string>,
  ): Promise<unknown> {
    return remote(password, pin, more)
  }

  @Post('/parts') @Responses({ 200: Any }) parts(
    @Part('password') password: string,
    @Part('secret', { filename: 'key.bin' }) key: Uint8Array,
    @Part('plain') plain: string,
  ): Promise<unknown> {
    return remote(password, key, plain)
  }

  @Get('/reset/{token}/again') @Responses({ 200: Any }) reset(
    @Param('token') token: string,
  ): Promise<unknown> {
    return remote(token)
  }

  @Get('{?page,nextPageToken}') @Responses({ 200: Any }) list(
    @Param('page') page: number,
    @Param('nextPageToken') next?: string,
  ): Promise<unknown> {
    return remote(page, next)
  }
}

let directory: string
let file: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'guise-redact-'))
  file = join(directory, 'vault.json')
})
afterEach(() => rmSync(directory, { recursive: true }))

const redact = ['iban', 'people.*.salary', 'people.*.note', 'flags', 'ok', 'gone', 'pin']
const recorder = (answer: MockAnswer) =>
  createClient(Vault, { url: 'http://h', transport: mockTransport(answer), use: [record(file, { redact })] })
const replayer = () => createClient(Vault, { url: 'http://h', transport: replay(file, Vault) })
const written = () => readFileSync(file, 'utf8')

const answer: MockAnswer = {
  headers: {
    'set-cookie': [`sid=${CANARY}`, `b=${CANARY}`],
    location: `/next?token=${CANARY}&page=2`,
    'x-plain': 'plain-answer',
  },
  body: {
    accessToken: CANARY,
    refresh_token: CANARY,
    nested: [{ password: CANARY, clientSecret: CANARY }],
    iban: CANARY,
    people: [
      { salary: 5000, note: { of: CANARY }, name: 'plain-name' },
      { salary: 6000, note: [CANARY] },
    ],
    flags: true,
    ok: 7,
    gone: null,
    nextPageToken: 'plain-page',
    count: 3,
  },
}

const post = (vault: Vault, secret = CANARY) =>
  vault.post(
    'plain-id',
    'plain-q',
    secret,
    { token: secret, sig: secret, page: 'plain-page-1' },
    secret,
    { authorization: `Basic ${secret}`, 'x-more': 'plain-more' },
    secret,
    secret,
    'plain-idempotency',
    { user: 'plain-user', password: secret, deep: { authorization: secret }, iban: secret },
    { headers: { 'x-csrf-token': secret } },
  )

describe('a credential', () => {
  it('is not in the file, wherever it stood', async () => {
    const vault = recorder(answer)
    await post(vault)
    await vault.form(CANARY, CANARY, { client_secret: CANARY, plain: 'plain-field' })
    await vault.parts(CANARY, Buffer.from(CANARY), 'plain-part')
    await vault.reset(CANARY)
    expect(written()).not.toContain(CANARY)
    for (const plain of [
      'header',
      'answer',
      'name',
      'id',
      'q',
      'page',
      'page-1',
      'more',
      'idempotency',
      'user',
      'field',
      'part',
    ]) {
      expect(written()).toContain(`plain-${plain}`)
    }
  })

  it('leaves behind what shows that it was there', async () => {
    await post(recorder(answer))
    const { request, response } = JSON.parse(written()).calls[0]
    expect(request.path).toBe(
      '/v1/users/plain-id?q=plain-q&api_key=[redacted]&token=[redacted]&sig=[redacted]&page=plain-page-1',
    )
    expect(request.headers).toMatchObject({
      authorization: '[redacted]',
      cookie: '[redacted]',
      'x-api-key': '[redacted]',
    })
    expect(request.json).toEqual({
      user: 'plain-user',
      password: '[redacted]',
      deep: { authorization: '[redacted]' },
      iban: '[redacted]',
    })
    expect(response.headers).toEqual({
      'content-type': 'application/json',
      location: '/next?token=[redacted]&page=2',
      'set-cookie': ['[redacted]', '[redacted]'],
      'x-plain': 'plain-answer',
    })
  })

  it('that is listed leaves a blank of its own type, so that its schema still holds', async () => {
    await post(recorder(answer))
    expect(JSON.parse(written()).calls[0].response.json).toMatchObject({
      iban: '[redacted]',
      people: [
        { salary: 0, note: {}, name: 'plain-name' },
        { salary: 0, note: [] },
      ],
      flags: false,
      ok: 0,
      gone: null,
      count: 3,
    })
  })

  it('is not what a replay goes by', async () => {
    const vault = recorder(answer)
    await post(vault)
    await vault.form(CANARY, CANARY, {})
    await vault.parts(CANARY, Buffer.from(CANARY), 'plain-part')
    await vault.reset(CANARY)
    const again = replayer()
    expect(await post(again, 'another')).toMatchObject({ body: { count: 3, accessToken: '[redacted]' } })
    expect(await again.form('another', 'another', {})).toMatchObject({ count: 3 })
    expect(await again.parts('another', Buffer.from('another'), 'plain-part')).toMatchObject({ count: 3 })
    expect(await again.reset('another')).toMatchObject({ count: 3 })
  })

  it('is in no error of a replay', async () => {
    const vault = recorder(answer)
    await post(vault)
    await vault.form(CANARY, CANARY, {})
    const again = replayer()
    const errors: unknown[] = [
      await rejection(again.list(1)),
      await rejection(again.form(CANARY, CANARY, { b: '1' })),
    ]
    await post(again)
    errors.push(await rejection(post(again)))
    for (const error of errors) {
      expect(error).toBeInstanceOf(MockError)
      const { expected, actual } = error as MockError
      expect(inspect([error, expected, actual], { depth: 20, showHidden: true })).not.toContain(CANARY)
    }
  })
})

describe('what is no credential', () => {
  it('is kept to the letter, as the token of a page is', async () => {
    const vault = recorder({ body: { nextPageToken: 'p3' } })
    await vault.list(1, 'p2')
    expect(JSON.parse(written()).calls[0]).toMatchObject({
      request: { path: '/v1?page=1&nextPageToken=p2' },
      response: { json: { nextPageToken: 'p3' } },
    })
    expect(await rejection(replayer().list(1, 'p9'))).toBeInstanceOf(MockError)
    expect(await replayer().list(1, 'p2')).toEqual({ nextPageToken: 'p3' })
  })
})
