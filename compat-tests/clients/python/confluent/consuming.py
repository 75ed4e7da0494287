"""The section "Consuming" of contract.md with confluent-kafka-python."""

from contextlib import ExitStack

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, KafkaError, TopicPartition

from confluent.client import consumer, pairs, partitions, producer, read, read_nothing, write
from contract import Deadline, expect, record, records, restart_broker, scenario


@scenario("group")
def group(topic):
    with consumer(topic) as it:
        it.subscribe([topic])
        expect(sorted(pairs(read(it, 100))), sorted(records(0, 100)), "records read")
        it.commit(asynchronous=False)


@scenario("resume")
def resume(topic):
    with consumer(topic) as first:
        first.subscribe([topic])
        expect(pairs(read(first, 5)), records(0, 5), "records that the first member read")
        first.commit(offsets=partitions(topic, 0, offset=5), asynchronous=False)
    with consumer(topic) as second:
        second.subscribe([topic])
        expect(pairs(read(second, 5)), records(5, 10), "records that the second member read")
        second.commit(asynchronous=False)


def until_assigned(wanted):
    """Polls consumers until each has as many partitions as wanted: {consumer: count}."""
    deadline = Deadline(f"assignments of {list(wanted.values())} partitions")
    while any(len(it.assignment()) != count for it, count in wanted.items()):
        for it in wanted:
            it.poll(deadline.slice(0.05))


def second_member_comes_and_goes(topic, on_revoke, **options):
    """A has four partitions, two while B is there, and four again. `on_revoke` is told what A gives up."""
    with ExitStack() as stack:
        a = stack.enter_context(consumer(topic, **options))
        a.subscribe([topic], on_revoke=on_revoke)
        until_assigned({a: 4})
        with consumer(topic, **options) as b:
            b.subscribe([topic])
            until_assigned({a: 2, b: 2})
        until_assigned({a: 4})


@scenario("rebalance")
def rebalance(topic):
    second_member_comes_and_goes(topic, lambda _consumer, _partitions: None)


@scenario("cooperative")
def cooperative(topic):
    revoked = []

    def on_revoke(_consumer, given_up):
        revoked.append(len(given_up))

    second_member_comes_and_goes(topic, on_revoke, partition_assignment_strategy="cooperative-sticky")
    expect(revoked[0], 2, "partitions that A gave up when B came")


@scenario("kip848")
def kip848(topic):
    second_member_comes_and_goes(topic, lambda _consumer, _partitions: None, group_protocol="consumer")


@scenario("static-member")
def static_member(topic):
    for _ in range(2):
        with consumer(topic, group_instance_id="one") as it:
            it.subscribe([topic])
            until_assigned({it: 2})


@scenario("pause")
def pause(topic):
    with consumer(topic) as it:
        it.assign(partitions(topic, 0, 1))
        it.pause(partitions(topic, 1))
        expect([message.partition() for message in read(it, 10)], [0] * 10, "partitions while one is paused")
        read_nothing(it, 0.5)
        it.resume(partitions(topic, 1))
        expect([message.partition() for message in read(it, 10)], [1] * 10, "partitions after it is resumed")


@scenario("seek")
def seek(topic):
    with consumer(topic, enable_partition_eof=True) as it:
        it.assign(partitions(topic, 0))
        read(it, 1)
        it.seek(TopicPartition(topic, 0, 3))
        expect(pairs(read(it, 1)), [record(3)], "record after the seek to 3")
        it.seek(TopicPartition(topic, 0, OFFSET_BEGINNING))
        expect(pairs(read(it, 1)), [record(0)], "record after the seek to the beginning")
        it.seek(TopicPartition(topic, 0, OFFSET_END))
        expect(end_of_partition(it), 10, "position after the seek to the end")


def end_of_partition(it):
    """The offset at which the consumer finds the end of its partition, which has to be the next that it finds."""
    deadline = Deadline("the end of the partition")
    while (message := it.poll(deadline.slice())) is None:
        pass
    expect(message.error() and message.error().code(), KafkaError._PARTITION_EOF, "what comes next")
    return message.offset()


@scenario("seek-time")
def seek_time(topic):
    with consumer(topic) as it:
        (found,) = it.offsets_for_times(partitions(topic, 0, offset=1600000004500), 20)
        expect(found.offset, 5, "offset at the time")
        it.assign([found])
        expect(pairs(read(it, 1)), [record(5)], "record at the time")


@scenario("pattern")
def pattern(topic):
    with consumer(topic) as it:
        it.subscribe([f"^{topic}-.*"])
        expect({message.topic() for message in read(it, 2)}, {f"{topic}-a", f"{topic}-b"}, "topics read")


@scenario("many-groups")
def many_groups(topic):
    with ExitStack() as stack:
        members = [stack.enter_context(consumer(f"{topic}-{n}")) for n in range(10)]
        for it in members:
            it.subscribe([topic])
        for it in members:
            expect(pairs(read(it, 10)), records(0, 10), "records read")
            it.commit(asynchronous=False)


@scenario("offset-reset")
def offset_reset(topic):
    with consumer(topic, auto_offset_reset="latest", enable_partition_eof=True) as it:
        it.subscribe([topic])
        expect(end_of_partition(it), 5, "offset at which a new group starts with latest")
        write(producer(), topic, [record(5)])
        expect(pairs(read(it, 1)), [record(5)], "first record read with latest")
    with consumer(f"{topic}-earliest") as it:
        it.subscribe([topic])
        expect(pairs(read(it, 6)), records(0, 6), "records read with earliest")


@scenario("restart")
def restart(topic):
    to = producer(acks="all", enable_idempotence=True)
    with consumer(topic) as it:
        it.subscribe([topic])
        write(to, topic, records(0, 50))
        expect(pairs(read(it, 50)), records(0, 50), "records before the restart")
        it.commit(asynchronous=False)  # a member that is thrown out while the broker is away goes on from here
        restart_broker()
        write(to, topic, records(50, 100))
        expect(pairs(read(it, 50)), records(50, 100), "records after the restart")
