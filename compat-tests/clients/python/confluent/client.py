"""Producers and consumers of confluent-kafka-python as the scenarios want them."""

from contextlib import contextmanager

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from contract import BOOTSTRAP, Deadline, expect


def producer(**options):
    """A producer; options are librdkafka's names with underscores for dots."""
    return Producer({"bootstrap.servers": BOOTSTRAP, "linger.ms": 5, **_dotted(options)})


@contextmanager
def consumer(group, **options):
    """A consumer that starts at the earliest offset, commits by hand, and is closed at the end."""
    config = {
        "bootstrap.servers": BOOTSTRAP,
        "group.id": group,
        "auto.offset.reset": "earliest",
        "enable.auto.commit": False,
        **_dotted(options),
    }
    if config.get("group.protocol") != "consumer":
        config.update({"session.timeout.ms": 6000, "heartbeat.interval.ms": 500})
    it = Consumer(config)
    try:
        yield it
    finally:
        it.close()


def _dotted(options):
    return {name.replace("_", "."): value for name, value in options.items()}


def write(to, topic, pairs, **where):
    """Writes keys and values and waits until the broker has them. Raises the first error that it answered."""
    answers = []

    def delivered(error, _message):
        answers.append(error)

    for key, value in pairs:
        to.produce(topic, key=key, value=value, on_delivery=delivered, **where)
        to.poll(0)
    to.flush(20)
    for error in answers:
        if error is not None:
            raise KafkaException(error)
    expect(len(answers), len(pairs), "records that the broker acknowledged")


def read(from_, count):
    """Reads that many messages."""
    deadline = Deadline(f"{count} records")
    messages = []
    while len(messages) < count:
        for message in from_.consume(count - len(messages), deadline.slice()):
            if message.error():
                raise KafkaException(message.error())
            messages.append(message)
    return messages


def read_nothing(from_, seconds):
    """Fails when a message comes within this time."""
    for message in from_.consume(1, seconds):
        raise AssertionError(f"a record that should not come: {message.error() or message.value()}")


def pairs(messages):
    """Keys and values of messages."""
    return [(message.key(), message.value()) for message in messages]


def values(messages):
    return [message.value() for message in messages]


def partitions(topic, *numbers, offset=0):
    """Partitions of a topic to assign, all from the same offset."""
    return [TopicPartition(topic, number, offset) for number in numbers]


def read_all(topic, count, *numbers, **options):
    """Reads partitions (0 unless told) from their beginnings without a group."""
    with consumer(topic, **options) as it:
        it.assign(partitions(topic, *(numbers or (0,))))
        return read(it, count)
