// A service in a process of its own, to be killed and stopped. What it has done is in a file, so that it survives.
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'

const [, , effects] = process.argv
let done

const server = createServer((request, response) => {
  const key = request.headers['idempotency-key']
  // Some are under way whenever the process is killed: before the effect, and between the effect and the answer.
  setTimeout(() => {
    if (key !== undefined && !done.has(key)) {
      done.add(key)
      appendFileSync(effects, `${key}\n`)
    }
    setTimeout(() => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ id: Number(/\d+/.exec(request.url)?.[0] ?? 7), name: 'kim' }))
    }, Math.random() * 3)
  }, Math.random() * 3)
})

process.on('message', ({ port }) => {
  done = new Set(existsSync(effects) ? readFileSync(effects, 'utf8').split('\n') : [])
  server.listen(port, '127.0.0.1', () => process.send({ port: server.address().port }))
})
process.on('disconnect', () => process.exit())
process.send('ready')
