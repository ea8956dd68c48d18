// Of several routes that a request fits, the most specific answers; a request that fits none is answered 404 or 405.
import { Body, createClient, Delete, Field, Get, Headers, Param, Part, Post, Query, remote, Url } from 'guise'
import { answer, stub } from 'guise/testing'
import { describe, expect, it } from 'vitest'
import { closing } from '../client/support.js'

describe('of several routes that fit', () => {
  class Files {
    @Get('/files/{+path}') rest(@Param('path') path: string): Promise<unknown> {
      return remote(path)
    }
    @Get('/files/{id}') byId(@Param('id') id: string): Promise<unknown> {
      return remote(id)
    }
    @Get('/files/mine') mine(): Promise<unknown> {
      return remote()
    }
    @Get('/files/{id}/raw') raw(@Param('id') id: string): Promise<unknown> {
      return remote(id)
    }
    @Get('/files{/path*}') tree(@Param('path') path?: string[]): Promise<unknown> {
      return remote(path)
    }
    @Get('/files{?page}') page(@Param('page') page?: number): Promise<unknown> {
      return remote(page)
    }
    @Get('/files{?type}') typed(@Param('type') type?: string): Promise<unknown> {
      return remote(type)
    }
    @Get('/files') all(): Promise<unknown> {
      return remote()
    }
    @Get('/files?type=image{&size,crop}')
    images(@Param('size') size?: number, @Param('crop') crop?: boolean): Promise<unknown> {
      return remote(size, crop)
    }
    @Get('/files') byTag(@Query('tag') tag?: string): Promise<unknown> {
      return remote(tag)
    }
    @Get('/files') @Headers({ accept: 'text/csv' }) csv(): Promise<unknown> {
      return remote()
    }
    @Get() anywhere(@Url() url: string): Promise<unknown> {
      return remote(url)
    }
    @Delete('/files/{id}') remove(@Param('id') id: string): Promise<unknown> {
      return remote(id)
    }
    @Post('/files/{id}') copy(@Param('id') id: string): Promise<unknown> {
      return remote(id)
    }
  }

  it.each<[string, string, Record<string, string>?]>([
    ['/files/mine', 'mine'],
    ['/files/7', 'byId'],
    ['/files/7/raw', 'raw'],
    ['/files/7/other', 'rest'],
    ['/files', 'all'],
    ['/files?page=2', 'page'],
    ['/files?type=image', 'images'],
    ['/files?type=video', 'typed'],
    ['/files?tag=x', 'byTag'],
    ['/files', 'csv', { accept: 'text/csv' }],
    ['/elsewhere?x=1', 'anywhere'],
  ])('the most specific is taken: %s is %s', async (path, route, headers = {}) => {
    const names = [
      'rest',
      'byId',
      'mine',
      'raw',
      'tree',
      'all',
      'page',
      'typed',
      'images',
      'byTag',
      'csv',
      'anywhere',
    ]
    const handlers = Object.fromEntries(names.map(name => [name, () => answer(200, name)]))
    await using server = await stub(Files, handlers)
    expect(await (await fetch(server.url + path, { headers })).text()).toBe(route)
    expect(server.requests[0]?.route).toBe(route)
  })

  it('the one with a handler is taken where they fit alike', async () => {
    await using server = await stub(Files, { byTag: () => answer(200, 'tag') })
    expect(await (await fetch(`${server.url}/files`)).text()).toBe('tag')
  })

  it('the one whose form the body is', async () => {
    class Uploads {
      @Post('/uploads') whole(@Body() body: unknown): Promise<unknown> {
        return remote(body)
      }
      @Post('/uploads') form(@Field('name') name: string): Promise<unknown> {
        return remote(name)
      }
      @Post('/uploads') parts(@Part('name') name: string): Promise<unknown> {
        return remote(name)
      }
    }
    const by = (name: string) => () => answer(200, name)
    await using server = await stub(Uploads, { whole: by('whole'), form: by('form'), parts: by('parts') })
    const uploads = closing(createClient(Uploads, { url: server.url }))
    expect([await uploads.whole({}), await uploads.form('x'), await uploads.parts('x')]).toEqual([
      'whole',
      'form',
      'parts',
    ])
  })

  it('two that no request tells apart cannot both have one', async () => {
    class Twins {
      @Get('/{id}') one(@Param('id') id: string): Promise<unknown> {
        return remote(id)
      }
      @Get('/{name}') other(@Param('name') name: string): Promise<unknown> {
        return remote(name)
      }
    }
    await expect(stub(Twins, { one: () => 1, other: () => 2 })).rejects.toThrow(
      'one and other are the same route, which no request tells apart; handle one\n    at stub(Twins, handlers)',
    )
    await using server = await stub(Twins, { other: () => 2 })
    expect(await closing(createClient(Twins, { url: server.url })).one('x')).toBe(2)
  })

  it('none is for another verb: 405 and what is allowed', async () => {
    await using server = await stub(Files, {})
    const response = await fetch(`${server.url}/files/7`, { method: 'PUT' })
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'DELETE, GET, POST'])
    expect(await response.json()).toMatchObject({
      stub: 'Files',
      mistake: 'route',
      request: 'PUT /files/7',
      message: 'Files has this path for DELETE, GET, POST only',
      routes: expect.arrayContaining(['GET /files/{id}  byId']),
    })
    // A route that has the URL of its call is found anywhere, which allows nothing.
    expect((await fetch(`${server.url}/elsewhere`, { method: 'PUT' })).status).toBe(404)
    expect(server.mistakes.splice(0)).toMatchObject([
      { kind: 'route', status: 405, method: undefined },
      { kind: 'route', status: 404 },
    ])
  })
})

it('a variable that stands in the path and in a header has its value from the path', async () => {
  class Items {
    @Get('/{id}')
    @Headers({ 'x-id': 'item {id}' })
    item(@Param('id') id: string): Promise<unknown> {
      return remote(id)
    }
  }
  const seen: unknown[] = []
  await using server = await stub(Items, {
    item: ({ params, headers }) => void seen.push(params, headers['x-id']),
  })
  await closing(createClient(Items, { url: server.url })).item('7')
  await fetch(`${server.url}/8`, { headers: { 'x-id': 'item 9' } })
  expect(seen).toEqual([{ id: '7' }, 'item 7', { id: '8' }, 'item 9'])
})
