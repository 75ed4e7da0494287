// Publishes the rows of the outbox to a topic, in order, and removes them. Runs until it is told to stop (SIGTERM).
//
// A row leaves the table in the transaction that has waited for the broker's acknowledgement. When the relay dies between the two, the row is
// published once more by the next relay: at least once, never lost. An error ends the program, and with its connection the transaction.
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import pg from 'pg'

const { Kafka, Partitioners, logLevel } = kafkajs
const { BOOTSTRAP, DATABASE, TOPIC = 'payments' } = process.env
const BATCH_ROWS = 1000 // published, acknowledged and removed at once
const IDLE_MS = 1000 // looks at least this often, should a notification get lost

class Relay {
  database = new pg.Client(DATABASE)
  producer = new Kafka({ brokers: [BOOTSTRAP], logLevel: logLevel.WARN })
    .producer({ idempotent: true, createPartitioner: Partitioners.DefaultPartitioner })
  bell = new AbortController() // ends the relay's sleep
  stopped = false

  async run() {
    await this.database.connect()
    this.database.on('notification', () => this.bell.abort())
    await this.database.query('LISTEN outbox')
    await this.producer.connect()
    while (!this.stopped) {
      this.bell = new AbortController()
      if (await this.moveBatch() === 0 && !this.stopped) {
        await sleep(IDLE_MS, null, { signal: this.bell.signal }).catch(() => {})
      }
    }
    await this.producer.disconnect()
    await this.database.end()
  }

  // Publishes and removes the oldest rows; returns how many. A second relay waits for the rows that this one has locked.
  async moveBatch() {
    await this.database.query('BEGIN')
    const oldest = 'SELECT id, key, payload::text FROM outbox ORDER BY id LIMIT $1 FOR UPDATE'
    const { rows } = await this.database.query(oldest, [BATCH_ROWS])
    if (rows.length > 0) {
      const messages = rows.map(({ id, key, payload }) => ({ key, value: payload, headers: { id } }))
      await this.producer.send({ topic: TOPIC, messages }) // returns when the broker has all of them
      await this.database.query('DELETE FROM outbox WHERE id = ANY($1::bigint[])', [rows.map(({ id }) => id)])
    }
    await this.database.query('COMMIT')
    return rows.length
  }

  stop() {
    this.stopped = true
    this.bell.abort()
  }
}

const relay = new Relay()
process.once('SIGTERM', () => relay.stop())
await relay.run()
