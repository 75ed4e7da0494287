"""The section "Consuming" of contract.md with aiokafka."""

import asyncio
from contextlib import AsyncExitStack

from aiokafka import TopicPartition

from aio.client import Assigned, consumer, pairs, partitions, producer, read, read_nothing, write, write_once
from contract import expect, record, records, restart_broker, scenario


@scenario("group")
async def group(topic):
    async with consumer(topic) as it:
        it.subscribe([topic])
        expect(sorted(pairs(await read(it, 100))), sorted(records(0, 100)), "records read")
        await it.commit()


@scenario("resume")
async def resume(topic):
    async with consumer(topic) as first:
        first.subscribe([topic])
        expect(pairs(await read(first, 5)), records(0, 5), "records that the first member read")
        await first.commit({TopicPartition(topic, 0): 5})
    async with consumer(topic) as second:
        second.subscribe([topic])
        expect(pairs(await read(second, 5)), records(5, 10), "records that the second member read")
        await second.commit()


@scenario("rebalance")
async def rebalance(topic):
    assigned = Assigned()
    async with consumer(topic) as a:
        a.subscribe([topic], listener=assigned)
        await assigned.until({a: 4})
        async with consumer(topic) as b:
            b.subscribe([topic], listener=assigned)
            await assigned.until({a: 2, b: 2})
        await assigned.until({a: 4})


@scenario("static-member")
async def static_member(topic):
    for _ in range(2):
        assigned = Assigned()
        async with consumer(topic, group_instance_id="one") as it:
            it.subscribe([topic], listener=assigned)
            await assigned.until({it: 2})


@scenario("pause")
async def pause(topic):
    async with consumer() as it:
        it.assign(partitions(topic, 0, 1))
        it.pause(*partitions(topic, 1))
        expect([message.partition for message in await read(it, 10)], [0] * 10, "partitions while one is paused")
        await read_nothing(it, 0.5)
        it.resume(*partitions(topic, 1))
        expect([message.partition for message in await read(it, 10)], [1] * 10, "partitions after it is resumed")


@scenario("seek")
async def seek(topic):
    (partition,) = partitions(topic, 0)
    async with consumer() as it:
        it.assign([partition])
        it.seek(partition, 3)
        expect(pairs(await read(it, 1)), [record(3)], "record after the seek to 3")
        await it.seek_to_beginning(partition)
        expect(pairs(await read(it, 1)), [record(0)], "record after the seek to the beginning")
        await it.seek_to_end(partition)
        expect(await it.position(partition), 10, "position after the seek to the end")


@scenario("seek-time")
async def seek_time(topic):
    (partition,) = partitions(topic, 0)
    async with consumer() as it:
        it.assign([partition])
        found = await it.offsets_for_times({partition: 1600000004500})
        expect(found[partition].offset, 5, "offset at the time")
        it.seek(partition, found[partition].offset)
        expect(pairs(await read(it, 1)), [record(5)], "record at the time")


@scenario("pattern")
async def pattern(topic):
    async with consumer(topic) as it:
        it.subscribe(pattern=f"^{topic}-.*")
        expect({message.topic for message in await read(it, 2)}, {f"{topic}-a", f"{topic}-b"}, "topics read")


@scenario("many-groups")
async def many_groups(topic):
    async def read_and_commit(it):
        expect(pairs(await read(it, 10)), records(0, 10), "records read")
        await it.commit()

    async with AsyncExitStack() as stack:
        members = [await stack.enter_async_context(consumer(f"{topic}-{n}")) for n in range(10)]
        for it in members:
            it.subscribe([topic])
        await asyncio.gather(*map(read_and_commit, members))


@scenario("offset-reset")
async def offset_reset(topic):
    (partition,) = partitions(topic, 0)
    assigned = Assigned()
    async with consumer(topic, auto_offset_reset="latest") as it:
        it.subscribe([topic], listener=assigned)
        await assigned.until({it: 1})
        expect(await it.position(partition), 5, "position of a new group with latest")
        await write_once(topic, [record(5)])
        expect(pairs(await read(it, 1)), [record(5)], "first record read with latest")
    async with consumer(f"{topic}-earliest") as it:
        it.subscribe([topic])
        expect(pairs(await read(it, 6)), records(0, 6), "records read with earliest")


@scenario("restart")
async def restart(topic):
    async with producer(acks="all", enable_idempotence=True) as to, consumer(topic) as it:
        it.subscribe([topic])
        await write(to, topic, records(0, 50))
        expect(pairs(await read(it, 50)), records(0, 50), "records before the restart")
        await it.commit()  # a member that is thrown out while the broker is away goes on from here
        await asyncio.to_thread(restart_broker)
        await write(to, topic, records(50, 100))
        expect(pairs(await read(it, 50)), records(50, 100), "records after the restart")
