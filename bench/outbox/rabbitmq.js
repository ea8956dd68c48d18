// RabbitMQ: a durable queue, persistent messages and publisher confirms; a consumer that POSTs and acknowledges.
import { randomUUID } from 'node:crypto'
import amqp from 'amqplib'
import { Agent } from 'undici'
import { postTo } from './post.js'
import { rabbitmq } from './services.js'
import { CONCURRENCY, event } from './work.js'

/** A queue that a killed bench leaves behind is gone after ten minutes without use. */
const EXPIRES = 600_000

export async function open({ url, schema: queue }) {
  const connection = await amqp.connect(rabbitmq)
  const publisher = await connection.createConfirmChannel()
  const dispatcher = new Agent({ connections: 64 })
  const post = postTo(url, dispatcher)
  let consumer
  let tag
  let unacknowledged = 0
  const consume = async message => {
    if (message === null) return
    unacknowledged++
    await post(message.properties.messageId, message.content)
    consumer.ack(message)
    unacknowledged--
  }
  return {
    make: () => publisher.assertQueue(queue, { durable: true, expires: EXPIRES }),
    enqueue: () =>
      new Promise((resolve, reject) => {
        publisher.sendToQueue(
          queue,
          Buffer.from(JSON.stringify(event)),
          { persistent: true, messageId: randomUUID(), contentType: 'application/json' },
          error => (error ? reject(error) : resolve()),
        )
      }),
    clear: () => publisher.purgeQueue(queue),
    async prepare() {
      consumer = await connection.createChannel()
      await consumer.prefetch(CONCURRENCY)
    },
    async start() {
      ;({ consumerTag: tag } = await consumer.consume(queue, consume))
    },
    /** The answer comes after all that was acknowledged on the channel before. */
    async unsettled() {
      const { messageCount } = await consumer.checkQueue(queue)
      return messageCount + unacknowledged
    },
    async stop() {
      await consumer.cancel(tag)
      // Nothing is under way any more where all is settled; a start that is broken off leaves some to be sent again.
      while (unacknowledged > 0) await new Promise(resolve => setTimeout(resolve, 1))
      await consumer.close()
    },
    async close() {
      await connection.close()
      await dispatcher.close()
    },
  }
}
