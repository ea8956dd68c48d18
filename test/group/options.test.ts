// The options of createGroup: every mistake is named, all at once.
import {
  createGroup,
  DeclarationError,
  describe as describeGuise,
  type GroupOptions,
  type Interceptor,
} from 'guise'
import { describe, expect, it } from 'vitest'
import { headersOf, recording } from '../support/recording.js'
import { Events } from './support.js'

function mistakes(options: unknown): string[] {
  try {
    createGroup(Events, options as GroupOptions<Events, string>)
  } catch (error) {
    if (!(error instanceof DeclarationError)) throw error
    return error.mistakes.map(
      ({ rule, where }) => `${rule} @ ${where.replace('createGroup(Events, options)', 'group')}`,
    )
  }
  throw new Error('it was accepted')
}

describe('createGroup refuses', () => {
  const name =
    'the name must be 1 to 64 letters, digits, dots, dashes and underscores, a letter or digit first'
  const fallback = 'fallback has no place in a group: what failed is in the report'
  it.each<[string, unknown, string[]]>([
    ['no options', undefined, ['targets must be an object of names and URLs @ group']],
    ['no targets', {}, ['targets must be an object of names and URLs @ group']],
    ['a list of targets', { targets: ['http://a'] }, ['targets must be an object of names and URLs @ group']],
    ['an empty group', { targets: {} }, ['a group needs at least one target @ group']],
    ['an empty name', { targets: { '': 'http://a' } }, [`${name} @ group, target ""`]],
    ['a name with a space', { targets: { 'a b': 'http://a' } }, [`${name} @ group, target "a b"`]],
    [
      'a name that is too long',
      { targets: { ['x'.repeat(65)]: 'http://a' } },
      [expect.stringContaining(name)],
    ],
    ['a name that begins with a dash', { targets: { '-a': 'http://a' } }, [`${name} @ group, target "-a"`]],
    [
      'a url of the group',
      { url: 'http://a', targets: { a: 'http://a' } },
      ['a group has no url of its own; name it among targets @ group'],
    ],
    [
      'a fallback',
      { fallback: {}, targets: { a: { url: 'http://a', fallback: {} } } },
      [`${fallback} @ group`, `${fallback} @ group, target "a"`],
    ],
    [
      'a URL twice',
      { targets: { a: 'http://a/x', b: { url: 'http://A:80/x/' }, c: ['http://c', 'http://a/x'] } },
      [
        'has the same URL as the target "a" @ group, target "b"',
        'has the same URL as the target "a" @ group, target "c"',
      ],
    ],
    [
      'what is no URL',
      { targets: { a: 'nowhere', b: 7, c: null, d: [], e: {}, f: { url: 'ftp://f' } } },
      [
        'url must be an absolute http or https URL @ group, target "a"',
        'url must be a URL, a list of them, or a function that returns one @ group, target "b"',
        'url must be a URL, a list of them, or a function that returns one @ group, target "c"',
        'url must hold at least one URL @ group, target "d"',
        'url must be a URL, a list of them, or a function that returns one @ group, target "e"',
        'url must be an http or https URL @ group, target "f"',
      ],
    ],
    [
      'options that it does not know',
      {
        timeuot: 1,
        methods: { byld: {} },
        targets: {
          a: { url: 'http://a', retri: false },
          b: { url: 'http://b', methods: { byId: { x: 1 } } },
        },
      },
      [
        'no route is named methods.byld; did you mean byId? @ group',
        'there is no option timeuot; did you mean timeout? @ group',
        'there is no option retri; did you mean retry? @ group, target "a"',
        'there is no option methods.byId.x @ group, target "b"',
      ],
    ],
  ])('%s', (_, options, expected) => {
    expect(mistakes(options)).toEqual(expected)
  })

  it('all mistakes at once, with no credential of a URL in them', () => {
    const found = mistakes({
      timeuot: 1,
      targets: { 'a b': 'http://user:canary@a', c: 'http://c', d: 'http://c' },
    })
    expect(found).toHaveLength(4)
    expect(found.join()).not.toContain('canary')
  })
})

describe('the options of a target', () => {
  it('are laid over the group’s: policies and headers member by member, all else as a whole', async () => {
    const [common, own] = [recording(), recording()]
    const order: string[] = []
    const note =
      (name: string): Interceptor =>
      (request, next) => {
        order.push(name)
        return next(request)
      }
    const group = createGroup(Events, {
      headers: { 'X-A': '1', 'x-b': '1' },
      timeout: 5_000,
      retry: { retries: 1, minDelay: 7 },
      methods: { byId: { timeout: { attempt: 900 } } },
      use: [note('common')],
      transport: common,
      targets: {
        plain: 'http://plain',
        own: {
          url: 'http://own',
          headers: { 'x-a': '2' },
          timeout: { attempt: 800 },
          retry: { retries: 4 },
          methods: { byId: { timeout: 600 } },
          use: [note('own')],
          transport: own,
        },
        off: { url: 'http://off', retry: false },
      },
    })
    const settings = (target: string, method: string) => {
      const found = describeGuise(group).methods.find(
        one => one.method === `Events.${method}, target ${target}`,
      )
      const stage = (policy: string) => found?.chain.find(one => one.policy === policy)?.settings ?? {}
      const { retries, minDelay } = stage('retry')
      return [
        stage('total timeout').ms?.value,
        stage('attempt timeout').ms?.value,
        retries?.value,
        minDelay?.value,
      ]
    }
    expect(settings('plain', 'created')).toEqual([5_000, 5_000, 1, 7])
    expect(settings('own', 'created')).toEqual([5_000, 800, 4, 7])
    expect(settings('plain', 'byId')).toEqual([5_000, 900, 1, 7])
    expect(settings('own', 'byId')).toEqual([600, 900, 4, 7])
    expect(settings('off', 'byId')).toEqual([5_000, 900, undefined, undefined])
    await group.byId(1)
    expect(order.sort()).toEqual(['common', 'common', 'own'])
    expect(common.requests.map(({ origin }) => origin)).toEqual(['http://plain', 'http://off'])
    expect(headersOf(own.request)).toMatchObject({ 'x-a': '2', 'x-b': '1' })
    expect(headersOf(common.requests[0] as never)).toMatchObject({ 'x-a': '1', 'x-b': '1' })
  })

  it('are read as own members only', () => {
    const polluted = Object.create({ timeuot: 1 }) as object
    expect(() => createGroup(Events, Object.assign(polluted, { targets: { a: 'http://a' } }))).not.toThrow()
  })
})
