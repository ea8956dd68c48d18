/** Classes that extend others: abstract parents, replaced methods, routes made by a generic function. */
import {
  Body,
  Client,
  type ClientOf,
  createClient,
  Delete,
  Get,
  Headers,
  nothing,
  Param,
  Post,
  Responses,
  remote,
  returns,
  type Schema,
  throws,
} from 'guise'
import { typeIs } from '../equal.js'
import { Down, Member, NewMember } from '../fixtures.js'

@Headers({ accept: 'application/json' })
@Responses({ '5xx': throws(Down) })
export abstract class Service {
  @Get('/health')
  health!: () => Promise<unknown>

  abstract byId(id: number): Promise<Member | null>

  async name(id: number): Promise<string> {
    return (await this.byId(id))?.name ?? 'nobody'
  }
}

@Client({ path: '/api/members' })
export class Members extends Service {
  @Get('/{id}')
  @Responses({ 200: Member, 404: returns(null) })
  override byId(@Param('id') id: number): Promise<Member | null> {
    return remote(id)
  }
}

/** A subclass may promise more. */
export class StrictMembers extends Members {
  @Get('/{id}')
  @Responses({ 200: Member })
  override byId(@Param('id') id: number): Promise<Member> {
    return remote(id)
  }
}

/** The type of a class whose routes are the same for all resources: the schemas are parameters of a function. */
export function resource<T, New>(schema: Schema<unknown, T>, input: Schema<New>) {
  abstract class Resource {
    @Get('/{id}')
    @Responses({ 200: schema, 404: returns(null) })
    byId(@Param('id') id: number): Promise<T | null> {
      return remote(id)
    }

    @Post()
    @Responses({ 201: schema })
    create(@Body(input) item: New): Promise<T> {
      return remote(item)
    }

    @Delete('/{id}')
    @Responses({ 204: nothing() })
    remove(@Param('id') id: number): Promise<void> {
      return remote(id)
    }
  }
  return Resource
}

export class MemberResource extends resource(Member, NewMember) {
  @Get('/{id}/name')
  nameOf(@Param('id') id: number): Promise<string> {
    return remote(id)
  }
}

/** A generic class cannot check a schema, and trusts the declared type. */
export class Store<T> {
  @Get('/{key}')
  get(@Param('key') key: string): Promise<T> {
    return remote(key)
  }

  @Get()
  @Responses({ 404: returns(null), '5xx': throws(Down) })
  first(): Promise<T | null> {
    return remote()
  }
}

const url = 'http://member-svc:8080'
typeIs<Member | null>()(await createClient(Members, { url }).byId(1))
typeIs<string>()(await createClient(Members, { url }).name(1))
typeIs<Member>()(await createClient(StrictMembers, { url }).byId(1))
const store = createClient(Store<Member>, { url, methods: { first: { timeout: 500 } } })
typeIs<ClientOf<Store<Member>>>()(store)
typeIs<Member>()(await store.get('a'))
const resources = createClient(MemberResource, {
  url,
  methods: { byId: {}, create: {}, remove: {}, nameOf: {} },
})
typeIs<Member | null>()(await resources.byId(1))
typeIs<Member>()(await resources.create({ name: 'Ada' }))
