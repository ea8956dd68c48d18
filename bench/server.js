// The service of the benches, in a process of its own: raw sockets and ready-made answers, as cheap as Node can make it.
import { createServer } from 'node:net'
import { list, member, problem } from './work.js'

/** One service, and ten for the fan-out; all in this process. */
const SERVICES = 10

const answer = (status, body) => {
  const text = JSON.stringify(body)
  return Buffer.from(
    `HTTP/1.1 ${status}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `date: Sat, 22 Nov 2026 12:00:00 GMT\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  )
}

const answers = new Map([
  ['GET /api/members/7', answer('200 OK', member)],
  ['GET /api/members?page=1&size=34', answer('200 OK', list)],
  ['POST /api/members', answer('201 Created', member)],
  ['GET /api/members/404', answer('404 Not Found', problem)],
  ['GET /api/members/503', answer('503 Service Unavailable', problem)],
])
const unknown = answer('500 Internal Server Error', { title: 'No such answer in bench/server.js' })

const HEAD_END = Buffer.from('\r\n\r\n')
const CONTENT = Buffer.from('ontent-')
const SPACE = 0x20
let requests = 0

/** Answers every whole request at the front of `chunk`; what is left of it waits for the next one. */
function serve(socket, chunk) {
  const ready = []
  let at = 0
  while (at < chunk.length) {
    const end = chunk.indexOf(HEAD_END, at)
    if (end < 0) break
    const next = end + 4 + bodyLength(chunk, at, end)
    if (next > chunk.length) break
    const line = chunk.latin1Slice(at, chunk.indexOf(SPACE, chunk.indexOf(SPACE, at) + 1))
    ready.push(answers.get(line) ?? unknown)
    at = next
  }
  requests += ready.length
  if (ready.length > 0) socket.write(ready.length === 1 ? ready[0] : Buffer.concat(ready))
  return at === chunk.length ? undefined : chunk.subarray(at)
}

/** Most requests have no body, and nothing in them that could be a `Content-Length`, in whatever case. */
function bodyLength(chunk, at, end) {
  const hint = chunk.indexOf(CONTENT, at)
  if (hint < 0 || hint > end) return 0
  return Number(/\r\ncontent-length: *(\d+)/i.exec(chunk.latin1Slice(at, end))?.[1] ?? 0)
}

async function listen() {
  const server = createServer({ noDelay: true }, socket => {
    let rest
    socket.on('data', chunk => {
      rest = serve(socket, rest ? Buffer.concat([rest, chunk]) : chunk)
    })
    // A candidate that is done leaves with its connections open.
    socket.on('error', () => {})
  })
  await new Promise(resolve => server.listen(0, '127.0.0.1', 2048, resolve))
  return `http://127.0.0.1:${server.address().port}`
}

const urls = await Promise.all(Array.from({ length: SERVICES }, listen))
process.send({ urls })
// How busy it was tells whether a row measures the candidates or this server.
process.on('message', () => {
  const { user, system } = process.cpuUsage()
  process.send({ requests, cpu: user + system })
})
process.on('disconnect', () => process.exit(0))
