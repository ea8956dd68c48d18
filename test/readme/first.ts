import { createServer } from 'node:http'
import { Client, close, createClient, Get, Param, Responses, remote, returns } from 'guise'
import { z } from 'zod'

const Member = z.object({ id: z.number(), name: z.string() })
type Member = z.infer<typeof Member>

@Client({ path: '/api/members' })
class MemberClient {
  @Get('/{memberId}')
  @Responses({ 200: Member, 404: returns(null) })
  byId(@Param('memberId') id: number): Promise<Member | null> {
    return remote(id)
  }
}

const service = createServer((request, response) => {
  response.writeHead(request.url === '/api/members/7' ? 200 : 404, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ id: 7, name: 'kim' }))
}).listen(18080, '127.0.0.1')

const members = createClient(MemberClient, { url: 'http://127.0.0.1:18080' })
console.log(await members.byId(7)) // { id: 7, name: 'kim' }
console.log(await members.byId(8)) // null
await close(members)
service.close()
