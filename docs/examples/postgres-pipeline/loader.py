#!/usr/bin/env python3
"""Copies the topic's records into a table, in batches. Runs until it is told to stop (SIGTERM).

Rows and offsets are written in one transaction, and the offsets to go on with are asked of the database, not of Kafka: whenever the loader
dies, the table has either both or none of them. Kafka's group is there to share the partitions among the loaders.
"""

import json
import os
import signal
from itertools import groupby

import psycopg
from confluent_kafka import Consumer, KafkaException

TOPIC = os.environ.get("TOPIC", "payments")
NAME = os.environ.get("NAME", "loader-1")  # a loader of this name that starts again has its partitions back at once
BATCH_RECORDS = 5000
BATCH_SECONDS = 0.2  # a batch that is not full is written after this time


class Loader:
    def __init__(self, database, bootstrap):
        self.database = psycopg.connect(database, autocommit=True)
        self.database.execute("CREATE TEMPORARY TABLE batch (LIKE payments) ON COMMIT DELETE ROWS")
        self.consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "loader",
                "group.instance.id": NAME,
                "enable.auto.commit": False,
                "auto.offset.reset": "error",  # the database knows where to go on; anything else is a fault
            }
        )
        self.next = {}  # partition → the offset that the database has to have still when its next batch is written
        self.stopped = False

    def run(self):
        self.consumer.subscribe([TOPIC], on_assign=self.assigned)
        while not self.stopped:
            messages = self.consumer.consume(BATCH_RECORDS, BATCH_SECONDS)
            for message in messages:
                if message.error():
                    raise KafkaException(message.error())
            if messages:
                self.write(messages)
        self.consumer.close()

    def assigned(self, consumer, partitions):
        """Goes on where the table ends."""
        for partition in partitions:
            key = [TOPIC, partition.partition]
            self.database.execute("INSERT INTO progress (topic, partition) VALUES (%s, %s) ON CONFLICT DO NOTHING", key)
            known = self.database.execute("SELECT next FROM progress WHERE topic = %s AND partition = %s", key)
            (partition.offset,) = known.fetchone()
            self.next[partition.partition] = partition.offset
        consumer.assign(partitions)

    def write(self, messages):
        """One batch, one transaction."""
        messages.sort(key=lambda message: (message.partition(), message.offset()))
        with self.database.transaction():
            with self.database.cursor().copy("COPY batch FROM STDIN") as copy:
                for message in messages:
                    copy.write_row(row(message))
            # The relay may have published a row twice; its id tells.
            self.database.execute("INSERT INTO payments SELECT * FROM batch ORDER BY partition, position ON CONFLICT (id) DO NOTHING")
            ends = {partition: self.advance(partition, list(of)) for partition, of in groupby(messages, lambda m: m.partition())}
        self.next.update(ends)

    def advance(self, partition, messages):
        """Moves the partition's offset on; returns the new one. Fails when another loader has moved it in the meantime."""
        end = messages[-1].offset() + 1
        moved = self.database.execute(
            "UPDATE progress SET next = %s, records = records + %s WHERE topic = %s AND partition = %s AND next = %s",
            [end, len(messages), TOPIC, partition, self.next[partition]],
        )
        if moved.rowcount != 1:
            raise RuntimeError(f"partition {partition} has another loader")
        return end

    def stop(self, *_signal):
        self.stopped = True


def row(message):
    """A message as a row of the table payments."""
    payment = json.loads(message.value())
    number = int(dict(message.headers())["id"])
    return number, payment["account"], payment["amount"], message.partition(), message.offset()


if __name__ == "__main__":
    loader = Loader(os.environ["DATABASE"], os.environ["BOOTSTRAP"])
    signal.signal(signal.SIGTERM, loader.stop)
    loader.run()
