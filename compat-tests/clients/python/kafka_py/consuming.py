"""The section "Consuming" of contract.md with kafka-python."""

from kafka import OffsetAndMetadata, TopicPartition

from contract import expect, record, records, restart_broker, scenario
from kafka_py.client import Member, consumer, pairs, partitions, producer, read, read_nothing, until_assigned, until_held, write, write_once


@scenario("group")
def group(topic):
    with consumer(topic) as it:
        it.subscribe([topic])
        expect(sorted(pairs(read(it, 100))), sorted(records(0, 100)), "records read")
        it.commit()


@scenario("resume")
def resume(topic):
    with consumer(topic) as first:
        first.subscribe([topic])
        expect(pairs(read(first, 5)), records(0, 5), "records that the first member read")
        first.commit({TopicPartition(topic, 0): OffsetAndMetadata(5, "")})
    with consumer(topic) as second:
        second.subscribe([topic])
        expect(pairs(read(second, 5)), records(5, 10), "records that the second member read")
        second.commit()


def second_member_comes_and_goes(topic, **options):
    """A has four partitions, two while B is there, and four again. Returns how many A gave up, each time."""
    with Member(topic, **options) as a:
        until_held({a: 4})
        a.revoked.clear()
        with Member(topic, **options) as b:
            until_held({a: 2, b: 2})
        until_held({a: 4})
        return a.revoked


@scenario("rebalance")
def rebalance(topic):
    second_member_comes_and_goes(topic)


@scenario("cooperative")
def cooperative(topic):
    from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor

    revoked = second_member_comes_and_goes(topic, partition_assignment_strategy=[CooperativeStickyAssignor])
    expect(revoked[0], 2, "partitions that A gave up when B came")


@scenario("static-member")
def static_member(topic):
    for _ in range(2):
        with Member(topic, group_instance_id="one") as it:
            until_held({it: 2})


@scenario("pause")
def pause(topic):
    with consumer() as it:
        it.assign(partitions(topic, 0, 1))
        it.pause(*partitions(topic, 1))
        expect([message.partition for message in read(it, 10)], [0] * 10, "partitions while one is paused")
        read_nothing(it, 0.5)
        it.resume(*partitions(topic, 1))
        expect([message.partition for message in read(it, 10)], [1] * 10, "partitions after it is resumed")


@scenario("seek")
def seek(topic):
    (partition,) = partitions(topic, 0)
    with consumer() as it:
        it.assign([partition])
        it.seek(partition, 3)
        expect(pairs(read(it, 1)), [record(3)], "record after the seek to 3")
        it.seek_to_beginning(partition)
        expect(pairs(read(it, 1)), [record(0)], "record after the seek to the beginning")
        it.seek_to_end(partition)
        expect(it.position(partition), 10, "position after the seek to the end")


@scenario("seek-time")
def seek_time(topic):
    (partition,) = partitions(topic, 0)
    with consumer() as it:
        it.assign([partition])
        found = it.offsets_for_times({partition: 1600000004500})[partition].offset
        expect(found, 5, "offset at the time")
        it.seek(partition, found)
        expect(pairs(read(it, 1)), [record(5)], "record at the time")


@scenario("pattern")
def pattern(topic):
    with consumer(topic) as it:
        it.subscribe(pattern=f"^{topic}-.*")
        expect({message.topic for message in read(it, 2)}, {f"{topic}-a", f"{topic}-b"}, "topics read")


@scenario("many-groups")
def many_groups(topic):
    for n in range(10):
        with consumer(f"{topic}-{n}") as it:
            it.subscribe([topic])
            expect(pairs(read(it, 10)), records(0, 10), "records read")
            it.commit()


@scenario("offset-reset")
def offset_reset(topic):
    (partition,) = partitions(topic, 0)
    with consumer(topic, auto_offset_reset="latest") as it:
        it.subscribe([topic])
        until_assigned(it)
        expect(it.position(partition), 5, "position of a new group with latest")
        write_once(topic, [record(5)])
        expect(pairs(read(it, 1)), [record(5)], "first record read with latest")
    with consumer(f"{topic}-earliest") as it:
        it.subscribe([topic])
        expect(pairs(read(it, 6)), records(0, 6), "records read with earliest")


@scenario("restart")
def restart(topic):
    with producer(acks="all", retries=100) as to, consumer(topic) as it:
        it.subscribe([topic])
        write(to, topic, records(0, 50))
        expect(pairs(read(it, 50)), records(0, 50), "records before the restart")
        it.commit()  # a member that is thrown out while the broker is away goes on from here
        restart_broker()
        write(to, topic, records(50, 100))
        expect(pairs(read(it, 50)), records(50, 100), "records after the restart")
