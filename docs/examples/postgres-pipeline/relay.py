#!/usr/bin/env python3
"""Publishes the rows of the outbox to a topic, in order, and removes them. Runs until it is told to stop (SIGTERM).

A row leaves the table in the transaction that has waited for the broker's acknowledgement. When the relay dies between the two, the row is
published once more by the next relay: at least once, never lost.
"""

import os
import signal

import psycopg
from confluent_kafka import KafkaException, Producer

TOPIC = os.environ.get("TOPIC", "payments")
BATCH_ROWS = 1000  # published, acknowledged and removed at once
IDLE_SECONDS = 1.0  # looks at least this often, should a notification get lost


class Relay:
    def __init__(self, database, bootstrap):
        self.database = psycopg.connect(database, autocommit=True)
        self.database.execute("LISTEN outbox")
        self.producer = Producer({"bootstrap.servers": bootstrap, "enable.idempotence": True, "linger.ms": 5})
        self.stopped = False

    def run(self):
        while not self.stopped:
            if self.move_batch() == 0:
                for _ in self.database.notifies(timeout=IDLE_SECONDS, stop_after=1):
                    pass

    def move_batch(self):
        """Publishes and removes the oldest rows; returns how many. A second relay waits for the rows that this one has locked."""
        with self.database.transaction():
            oldest = "SELECT id, key, payload::text FROM outbox ORDER BY id LIMIT %s FOR UPDATE"
            rows = self.database.execute(oldest, [BATCH_ROWS]).fetchall()
            self.publish(rows)
            self.database.execute("DELETE FROM outbox WHERE id = ANY(%s)", [[row[0] for row in rows]])
        return len(rows)

    def publish(self, rows):
        """Returns when the broker has all of them; raises what it answers otherwise."""
        refused = []

        def answered(error, _message):
            if error is not None:
                refused.append(error)

        for number, key, payload in rows:
            self.producer.produce(TOPIC, key=key, value=payload, headers={"id": str(number)}, on_delivery=answered)
        self.producer.flush()
        for error in refused:
            raise KafkaException(error)

    def stop(self, *_signal):
        self.stopped = True


if __name__ == "__main__":
    relay = Relay(os.environ["DATABASE"], os.environ["BOOTSTRAP"])
    signal.signal(signal.SIGTERM, relay.stop)
    relay.run()
