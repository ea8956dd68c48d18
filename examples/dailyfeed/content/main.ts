// content-svc as a program. ROLE=api takes requests, ROLE=worker delivers notices; without it one process does both.
import { type Database, postgresDatabase, sqliteDatabase } from './database.js'
import { startContentService } from './start.js'

function env(name: string): string {
  const value = process.env[name]
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is missing`)
  return value
}

const role = process.env.ROLE ?? 'all'

const start = <Tx>(database: Database<Tx>) =>
  startContentService(database, {
    ...JSON.parse(process.env.DELIVERY ?? '{}'), // maxAttempts, schedule and so on
    ...{ listen: role !== 'worker', deliver: role !== 'api', port: Number(process.env.PORT ?? 0) },
    services: {
      member: env('MEMBER_SERVICE_URL'),
      activity: env('ACTIVITY_SERVICE_URL'),
      audit: env('AUDIT_SERVICE_URL'),
    },
    token: () => env('SERVICE_TOKEN'),
    onDead: ({ id, target, reason, attempts }) => {
      console.log(`dead: ${id} for ${target}, ${reason} after ${attempts} attempts`)
    },
  })

const url = env('DATABASE_URL')
const service = url.startsWith('postgres')
  ? await start(await postgresDatabase(url, process.env.DATABASE_SCHEMA ?? 'content'))
  : await start(await sqliteDatabase(url))
console.log(role === 'worker' ? 'content-svc delivers' : `content-svc at ${service.url}`)

process.once('SIGTERM', () => service.close())
