// How a worker that is no outbox sends a message: by undici, with what guise sends too, and 201 or an error.
import { request } from 'undici'

export const postTo = (url, dispatcher) => async (id, body) => {
  const { statusCode, body: answer } = await request(`${url}/events`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': id },
    body,
    dispatcher,
  })
  await answer.dump()
  if (statusCode !== 201) throw new Error(`the receiver answered ${statusCode}`)
}
