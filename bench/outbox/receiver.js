// The service that all messages go to: raw sockets, and 201 at once. It says when the first and the last one arrived.
import { createServer } from 'node:net'

const HEAD_END = Buffer.from('\r\n\r\n')
const ANSWER = 'HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n'

let received = 0
let firstAt
let wanted = Number.POSITIVE_INFINITY
let tell = () => {}

/** Milliseconds on a clock that all processes of the machine share. */
const now = () => Number(process.hrtime.bigint()) / 1e6

/** Answers every whole request at the front of `chunk`; what is left of it waits for the next one. */
function serve(socket, chunk) {
  let at = 0
  let count = 0
  while (at < chunk.length) {
    const end = chunk.indexOf(HEAD_END, at)
    if (end < 0) break
    const length = /\r\ncontent-length: *(\d+)/i.exec(chunk.latin1Slice(at, end))?.[1] ?? 0
    const next = end + 4 + Number(length)
    if (next > chunk.length) break
    count++
    at = next
  }
  if (count > 0) {
    firstAt ??= now()
    received += count
    socket.write(ANSWER.repeat(count))
    if (received >= wanted) tell()
  }
  return chunk.subarray(at)
}

const server = createServer({ noDelay: true }, socket => {
  let rest = Buffer.alloc(0)
  socket.on('data', chunk => {
    rest = serve(socket, rest.length > 0 ? Buffer.concat([rest, chunk]) : chunk)
  })
  // A worker that is done leaves with its connections open.
  socket.on('error', () => {})
})
await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))

const commands = {
  reset() {
    received = 0
    firstAt = undefined
  },
  /** Answers when so many have arrived. */
  until({ count }) {
    wanted = count
    return new Promise(resolve => {
      tell = () => {
        wanted = Number.POSITIVE_INFINITY
        resolve({ firstAt, lastAt: now(), received })
      }
      if (received >= count) tell()
    })
  },
  count: () => ({ received }),
}

process.on('message', async ({ command, ...options }) => {
  process.send({ result: (await commands[command](options)) ?? {} })
})
process.on('disconnect', () => process.exit(0))
process.send({ pid: process.pid, url: `http://127.0.0.1:${server.address().port}` })
