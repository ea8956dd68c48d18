/** A receiver in a process of its own: handles notifications until its moment has come, and waits to be killed. */
import { receivingOf } from './receiving.js'

const { moment, ...settings } = JSON.parse(process.argv[2] ?? '')
const at = (now: string) => {
  if (now !== moment) return Promise.resolve()
  process.send?.('here')
  return new Promise<never>(() => {})
}
const { url } = await receivingOf({ ...settings, at })
process.send?.({ url })
process.once('disconnect', () => process.exit())
