"""Producers and consumers of aiokafka as the scenarios want them."""

import asyncio

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition

from contract import BOOTSTRAP, Deadline


def producer(**options):
    """A producer to enter with `async with`, which starts and stops it."""
    return AIOKafkaProducer(bootstrap_servers=BOOTSTRAP, linger_ms=5, **options)


def consumer(group=None, **options):
    """A consumer, to enter with `async with`, that starts at the earliest offset and commits by hand."""
    settings = {
        "auto_offset_reset": "earliest",
        "enable_auto_commit": False,
        "session_timeout_ms": 6000,
        "heartbeat_interval_ms": 500,
        **options,
    }
    return AIOKafkaConsumer(bootstrap_servers=BOOTSTRAP, group_id=group, **settings)


async def write(to, topic, pairs, **where):
    """Writes keys and values and waits until the broker has them. Raises an error that it answered."""
    answers = [await to.send(topic, value, key, **where) for key, value in pairs]
    await asyncio.wait_for(asyncio.gather(*answers), 20)


async def write_once(topic, pairs, **options):
    """Writes with a producer that is made for it."""
    async with producer(**options) as to:
        await write(to, topic, pairs)


async def read(from_, count):
    """Reads that many messages."""
    deadline = Deadline(f"{count} records")
    messages = []
    while len(messages) < count:
        wait_ms = int(deadline.slice() * 1000)
        for batch in (await from_.getmany(timeout_ms=wait_ms, max_records=count - len(messages))).values():
            messages += batch
    return messages


async def read_nothing(from_, seconds):
    """Fails when a message comes within this time."""
    for batch in (await from_.getmany(timeout_ms=int(seconds * 1000))).values():
        raise AssertionError(f"records that should not come: {pairs(batch)}")


def pairs(messages):
    """Keys and values of messages."""
    return [(message.key, message.value) for message in messages]


def values(messages):
    return [message.value for message in messages]


def partitions(topic, *numbers):
    return [TopicPartition(topic, number) for number in numbers]


async def read_all(topic, count, *numbers, **options):
    """Reads partitions (0 unless told) from their beginnings without a group."""
    async with consumer(**options) as it:
        it.assign(partitions(topic, *(numbers or (0,))))
        return await read(it, count)


class Assigned(ConsumerRebalanceListener):
    """Waits for assignments; several consumers may share it."""

    def __init__(self):
        self.changed = asyncio.Event()

    async def on_partitions_revoked(self, revoked):
        pass

    async def on_partitions_assigned(self, assigned):
        self.changed.set()

    async def until(self, wanted):
        """Returns when each consumer has as many partitions as wanted: {consumer: count}."""
        deadline = Deadline(f"assignments of {list(wanted.values())} partitions")
        while any(len(it.assignment()) != count for it, count in wanted.items()):
            self.changed.clear()
            try:
                await asyncio.wait_for(self.changed.wait(), deadline.slice(20))
            except asyncio.TimeoutError:
                pass  # the deadline says what was waited for
