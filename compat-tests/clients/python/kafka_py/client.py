"""Producers and consumers of kafka-python as the scenarios want them."""

import threading
from contextlib import closing

from kafka import ConsumerRebalanceListener, KafkaConsumer, KafkaProducer, TopicPartition

from contract import BOOTSTRAP, Deadline

# How long a poll of a group's member may take. Not less: kafka-python 3.0 forgets its assignment when a poll ends while it joins
# because partitions have come to its ears, which it does within a second after it has joined for the first time.
POLL_MS = 2000


def producer(**options):
    """A producer, closed at the end."""
    return closing(KafkaProducer(bootstrap_servers=BOOTSTRAP, linger_ms=5, reconnect_backoff_max_ms=1000, **options))


def consumer(group=None, **options):
    """A consumer, closed at the end, that starts at the earliest offset and commits by hand."""
    settings = {
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "session_timeout_ms": 6000,
        "heartbeat_interval_ms": 500,
        "reconnect_backoff_max_ms": 1000,
        **options,
    }
    return closing(KafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=group, **settings))


def write(to, topic, pairs, **where):
    """Writes keys and values and waits until the broker has them. Raises an error that it answered."""
    answers = [to.send(topic, value, key, **where) for key, value in pairs]
    to.flush(20)
    for answer in answers:
        answer.get(20)


def write_once(topic, pairs, **options):
    """Writes with a producer that is made for it."""
    with producer(**options) as to:
        write(to, topic, pairs)


def read(from_, count):
    """Reads that many messages."""
    deadline = Deadline(f"{count} records")
    messages = []
    while len(messages) < count:
        wait_ms = int(deadline.slice(POLL_MS / 1000) * 1000)
        for batch in from_.poll(wait_ms, max_records=count - len(messages)).values():
            messages += batch
    return messages


def read_nothing(from_, seconds):
    """Fails when a message comes within this time."""
    for batch in from_.poll(int(seconds * 1000)).values():
        raise AssertionError(f"records that should not come: {pairs(batch)}")


def until_assigned(it):
    """Polls a consumer, for which there are no records yet, until it has partitions."""
    deadline = Deadline("an assignment")
    while not it.assignment():
        deadline.slice()
        it.poll(POLL_MS)


def pairs(messages):
    """Keys and values of messages."""
    return [(message.key, message.value) for message in messages]


def values(messages):
    return [message.value for message in messages]


def partitions(topic, *numbers):
    return [TopicPartition(topic, number) for number in numbers]


def read_all(topic, count, *numbers, **options):
    """Reads partitions (0 unless told) from their beginnings without a group."""
    with consumer(**options) as it:
        it.assign(partitions(topic, *(numbers or (0,))))
        return read(it, count)


class Member(ConsumerRebalanceListener):
    """A group's member that polls in a thread of its own, because joining waits for the other members. Closed at the end of `with`."""

    changed = threading.Condition()

    def __init__(self, topic, **options):
        self.revoked = []  # how many partitions it gave up, each time
        self.held = 0
        self.error = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, args=(topic, options))

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_error):
        self._stop.set()
        self._thread.join()

    def _run(self, topic, options):
        try:
            self._poll(topic, options)
        except Exception as error:
            with self.changed:
                self.error = error
                self.changed.notify_all()

    def _poll(self, topic, options):
        with consumer(topic, **options) as it:
            self._assignment = it.assignment
            it.subscribe([topic], listener=self)
            while not self._stop.is_set():
                it.poll(POLL_MS)
                self._look()

    def _look(self):
        with self.changed:
            self.held = len(self._assignment())
            self.changed.notify_all()

    def on_partitions_revoked(self, revoked):
        self.revoked.append(len(revoked))

    def on_partitions_assigned(self, assigned):
        self._look()


def until_held(wanted):
    """Waits until each member has as many partitions as wanted: {member: count}."""
    deadline = Deadline(f"assignments of {list(wanted.values())} partitions")
    with Member.changed:
        while any(member.held != count for member, count in wanted.items()):
            for error in filter(None, (member.error for member in wanted)):
                raise error
            Member.changed.wait(deadline.slice(20))
