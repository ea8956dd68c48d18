/** `createGroup`: the methods of a class, each resolving to a report that is typed by it. */
import {
  Body,
  Call,
  type CallOptions,
  circuitsOf,
  close,
  createGroup,
  type Delivered,
  describe,
  type Failed,
  Get,
  type GroupCall,
  type GroupError,
  type GroupOf,
  type GroupOptions,
  type GroupReport,
  type GroupResult,
  Param,
  Post,
  Responses,
  remote,
  returns,
  type TargetDeclaration,
  targetsOf,
} from 'guise'
import { type Equal, type Expect, typeIs } from '../equal.js'
import { Member, NewMember } from '../fixtures.js'

export class Members {
  readonly kind = 'members'

  @Get('/{id}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('id') id: number, @Call() options?: CallOptions): Promise<Member | null> {
    return remote(id, options)
  }

  @Post()
  @Responses({ 201: Member })
  create(@Body(NewMember) member: NewMember): Promise<Member> {
    return remote(member)
  }

  @Get('/health') health!: () => Promise<string>

  greet(): string {
    return 'hello'
  }
}

const group = createGroup(Members, {
  timeout: 1_000,
  methods: { byId: { retry: false } },
  targets: {
    eu: 'http://eu',
    us: new URL('http://us'),
    list: ['http://a', 'http://b'],
    found: async ({ method }) => `http://${method}`,
    own: { url: 'http://own', headers: { 'x-a': 'b' }, methods: { create: { timeout: 5 } } },
  },
})
type Name = 'eu' | 'us' | 'list' | 'found' | 'own'

const call = group.byId(7)
typeIs<GroupCall<Member | null, Name>>()(call)
const report = await call
typeIs<GroupReport<Member | null, Name>>()(report)
for (const { target, error } of report.failed) {
  typeIs<Name>()(target)
  typeIs<unknown>()(error)
}
typeIs<{ readonly [N in Name]: Member | null }>()(report.orThrow())
typeIs<Member | null>()(report.orThrow().eu)
for await (const result of group.create({ name: 'x' })) {
  typeIs<GroupResult<Member, Name>>()(result)
  if (result.ok) typeIs<Member>()(result.value)
  else typeIs<unknown>()(result.error)
}
typeIs<'members'>()(group.kind)
typeIs<readonly TargetDeclaration[]>()(targetsOf(group))
typeIs<Promise<void>>()(close(group))
describe(group)
circuitsOf(group)
export const reported = (error: GroupError): GroupReport => error.report

/** Targets that are known at run time only. */
const targets: Record<string, string> = Object.fromEntries([['a', 'http://a']])
const many = createGroup(Members, { targets })
typeIs<GroupCall<string, string>>()(many.health())
const options: GroupOptions<Members, 'a'> = { targets: { a: 'http://a' } }
const one: GroupOf<Members, 'a'> = createGroup(Members, options)

export async function disposed(): Promise<boolean> {
  await using own = createGroup(Members, { targets: { a: 'http://a' } })
  return (await own.health()).ok
}

export type Checks = [
  Expect<Equal<Exclude<keyof typeof one, symbol>, 'kind' | 'byId' | 'create' | 'health'>>,
  Expect<Equal<Parameters<typeof one.byId>, [id: number, options?: CallOptions | undefined]>>,
  Expect<Equal<GroupResult<number, 'a'>, Delivered<number, 'a'> | Failed<'a'>>>,
]
