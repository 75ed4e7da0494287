"""What the programs of this folder share: how a tool is called, and a plain client (confluent-kafka) beside it."""

import os
import subprocess
import sys

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from contract import BOOTSTRAP, expect

CACHE = os.environ["CACHE"]
WAIT_MAX = 20  # seconds, for one call of a tool or the broker


def call(*command, stdin=None):
    """Runs the tool; what it wrote to standard output."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=WAIT_MAX, check=False)
    sys.stderr.write(done.stderr)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    return done.stdout


def admin():
    return AdminClient({"bootstrap.servers": BOOTSTRAP})


def fill(topic, counts):
    """Makes a topic with that many records in each partition."""
    client = admin()
    for made in client.create_topics([NewTopic(topic, len(counts), 1)]).values():
        made.result(WAIT_MAX)
    producer = Producer({"bootstrap.servers": BOOTSTRAP})
    for partition, count in enumerate(counts):
        for i in range(count):
            producer.produce(topic, key=f"k{i}", value=f"v{i}", partition=partition)
    expect(producer.flush(WAIT_MAX), 0, "records left in the producer")


def commit(topic, group, offsets):
    """Commits an offset for each partition, as a consumer that then goes."""
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": group, "enable.auto.commit": False})
    consumer.commit(offsets=[TopicPartition(topic, p, o) for p, o in enumerate(offsets)], asynchronous=False)
    consumer.close()


def read(topic, count):
    """The first records of partition 0."""
    consumer = Consumer({"bootstrap.servers": BOOTSTRAP, "group.id": "unused", "enable.auto.commit": False})
    consumer.assign([TopicPartition(topic, 0, 0)])
    records = consumer.consume(count, WAIT_MAX)
    consumer.close()
    return records
