// The service of the soak, in a process of its own: 95 % good answers, 5 % faults; and a proxy that has bad moments.
import { faults, startFaultProxy, startFaultServer } from 'guise/testing'

const idOf = path => Number(/\d+/.exec(path)?.[0] ?? 0)
const good = ({ path }) =>
  path.endsWith('/file')
    ? faults.longBody({ mebibytes: 1, chunked: true })
    : idOf(path) % 10 === 0
      ? faults.gzip({ id: idOf(path), name: 'kim' })
      : faults.json({ id: idOf(path), name: 'kim' })

const answer = faults.json({ id: -1, name: 'the answer to another question' })
const bad = [
  faults.finBeforeAnswer,
  faults.resetBeforeAnswer,
  faults.finMidHeaders,
  faults.resetMidHeaders,
  faults.finMidBody(),
  faults.resetMidBody(),
  faults.stallMidBody(),
  faults.finMidChunk,
  faults.finBeforeLastChunk,
  faults.stall,
  faults.slowHeaders(),
  faults.slowBody(),
  faults.badChunkSize,
  faults.garbage,
  faults.lengthAndChunks,
  faults.contentLength('-1'),
  faults.bodyOn204,
  faults.bigHeaders({ bytes: 20_000 }),
  faults.interim(100, answer),
  faults.html(),
  faults.brokenJson,
  faults.invalidUtf8,
  faults.truncatedGzip,
  faults.encoded('rot13', 'x'),
  faults.gzipBomb({ mebibytes: 20 }),
  faults.json({ id: 'seven' }),
  faults.redirect('/elsewhere'),
  faults.early(faults.status(401), 'fin'),
  ...[404, 408, 429, 500, 502, 503, 504, 600].map(code => faults.status(code)),
  faults.status(503, { retryAfter: 0 }),
  faults.status(429, { retryAfter: 3600 }),
]

const any = list => list[Math.floor(Math.random() * list.length)]
const script = request => {
  if (server.requests.length > 1000) server.forget()
  if (Math.random() >= 0.05) return good(request)
  // The same answer as ever, but the connection is not what it seems; for the one that asked, all is well.
  if (Math.random() < 0.1) return faults.closeAfterReply(Math.random() * 3, good(request))
  return any(bad)
}

const server = await startFaultServer(script)
const proxy = await startFaultProxy({ target: server.url })

const moments = [
  { latency: 2, jitter: 3 },
  { slice: 50 },
  { bandwidth: 500_000 },
  { limit: 20_000 },
  { blackhole: true },
]
const mood = setInterval(() => {
  proxy.heal()
  if (Math.random() < 0.2) proxy.set(any(moments))
  if (Math.random() < 0.05) proxy.reset()
  if (Math.random() < 0.05) proxy.halfClose()
}, 100)

process.on('message', message => {
  if (message === 'calm') {
    clearInterval(mood)
    proxy.heal()
    server.play(good)
  }
  process.send({ connections: server.connections, open: server.open + proxy.open })
})
process.on('disconnect', () => process.exit())
process.send({ direct: server.url, proxied: proxy.url })
