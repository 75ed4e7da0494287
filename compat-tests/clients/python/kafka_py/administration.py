"""What both generations of kafka-python's admin client do in the same way."""

from contextlib import closing

from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from contract import BOOTSTRAP, Deadline, expect


def admin():
    """An admin client, closed at the end."""
    return closing(KafkaAdminClient(bootstrap_servers=BOOTSTRAP))


def until_partitions(it, topic, count):
    """Asks for the metadata until the topic has that many partitions."""
    deadline = Deadline(f"{count} partitions")
    while len(it.describe_topics([topic])[0]["partitions"]) != count:
        deadline.slice()


def change_retention(topic, retention):
    """Sets retention.ms; `retention(it, topic)` reads it."""
    with admin() as it:
        expect(retention(it, topic), "604800000", "retention.ms at first")
        it.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "123456"})])
        deadline = Deadline("retention.ms as it was set")
        while retention(it, topic) != "123456":
            deadline.slice()
