"""Stock testcontainers[kafka] starts the image; a topic, records in, records out through a group, by kafka-python."""

import sys
import time

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer
from kafka.admin import NewTopic
from testcontainers.community.kafka import KafkaContainer

RECORDS = 10
IMAGE = "confluentinc/cp-kafka:8.0.0"


def container(which):
    if which == "kraft":
        return KafkaContainer(IMAGE).with_kraft()
    if which == "zookeeper":
        return KafkaContainer(IMAGE)
    raise ValueError(which)


def round_trip(servers):
    admin = KafkaAdminClient(bootstrap_servers=servers)
    admin.create_topics([NewTopic("round", 1, 1)])
    admin.close()
    producer = KafkaProducer(bootstrap_servers=servers)
    sent = [producer.send("round", b"v%d" % i) for i in range(RECORDS)]
    offsets = [one.get(timeout=30).offset for one in sent]
    assert offsets == list(range(RECORDS)), offsets
    producer.close()
    consumer = KafkaConsumer(
        "round", bootstrap_servers=servers, group_id="g", auto_offset_reset="earliest", consumer_timeout_ms=30000
    )
    got = [next(consumer).value for _ in range(RECORDS)]
    assert got == [b"v%d" % i for i in range(RECORDS)], got
    consumer.commit()
    consumer.close()


for which in sys.argv[1:]:
    begun = time.monotonic()
    with container(which) as kafka:
        started = time.monotonic()
        round_trip(kafka.get_bootstrap_server())
        done = time.monotonic()
        print(
            f"python {which}: started after {(started - begun) * 1000:.0f} ms, "
            f"round trip in {(done - started) * 1000:.0f} ms"
        )
