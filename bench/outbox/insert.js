// What PostgreSQL itself takes for a row and a commit: the least that any library on it must pay.
import { openPool } from './services.js'
import { event } from './work.js'

export async function open({ schema }) {
  const pool = await openPool()
  const table = `"${schema}_plain".events`
  return {
    async make() {
      await pool.query(`create schema if not exists "${schema}_plain"`)
      await pool.query(`create table if not exists ${table} (
        id bigint generated always as identity primary key, body jsonb not null)`)
    },
    enqueue: () =>
      pool.query({ name: 'insert', text: `insert into ${table} (body) values ($1)`, values: [event] }),
    clear: () => pool.query(`truncate ${table}`),
    close: () => pool.end(),
  }
}
