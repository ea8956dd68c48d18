// The service of the benches, in a process of its own: raw sockets, a ready-made answer, as cheap as Node can make it.
import { createServer } from 'node:net'

const body = JSON.stringify({
  id: 7,
  name: 'kim',
  handle: 'kim1',
  displayName: 'Kim',
  verificationStatus: 'VERIFIED',
  avatarUrl: null,
  bio: 'x'.repeat(140),
  updatedAt: '2025-10-30T08:19:41',
})
const answer = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
)
const END = Buffer.from('\r\n\r\n')

const server = createServer({ noDelay: true }, socket => {
  // Requests of the benches have no body and are not split: each blank line is one request.
  socket.on('data', chunk => {
    let count = 0
    for (let at = chunk.indexOf(END); at >= 0; at = chunk.indexOf(END, at + 4)) count++
    socket.write(count === 1 ? answer : Buffer.concat(Array(count).fill(answer)))
  })
  socket.on('error', () => {})
})
server.listen(0, '127.0.0.1', () => process.send?.(server.address().port))
process.on('disconnect', () => process.exit(0))
