"""The section "Transactions" of contract.md with aiokafka."""

from aiokafka.errors import ProducerFenced

from aio.client import consumer, pairs, partitions, producer, read, read_all, read_nothing, values, write
from contract import expect, record, records, scenario


@scenario("txn-commit")
async def commit(topic):
    async with producer(transactional_id=topic) as it, it.transaction():
        for i in range(10):
            await write(it, topic, [record(i)], partition=i % 2)
    got = pairs(await read_all(topic, 10, 0, 1, isolation_level="read_committed"))
    expect(sorted(got), records(0, 10), "committed records")


@scenario("txn-abort")
async def abort(topic):
    async with producer(transactional_id=topic) as it:
        await it.begin_transaction()
        await write(it, topic, records(0, 10))
        await it.abort_transaction()
        async with it.transaction():
            await write(it, topic, records(10, 15))
    expect(pairs(await read_all(topic, 5, isolation_level="read_committed")), records(10, 15), "committed records")


@scenario("txn-fence")
async def fence(topic):
    async with producer(transactional_id=topic) as first:
        await first.begin_transaction()
        await write(first, topic, [record(0)])
        async with producer(transactional_id=topic) as second:
            try:
                await first.commit_transaction()
            except ProducerFenced:
                pass
            else:
                raise AssertionError("the first producer committed")
            async with second.transaction():
                await write(second, topic, [record(1)])


@scenario("txn-copy")
async def copy(topic):
    async with consumer(topic, isolation_level="read_committed") as source:
        source.subscribe([f"{topic}-in"])
        async with producer(transactional_id=topic) as it, it.transaction():
            await write(it, f"{topic}-out", pairs(await read(source, 10)))
            positions = {partition: await source.position(partition) for partition in source.assignment()}
            await it.send_offsets_to_transaction(positions, topic)


@scenario("read-committed")
async def read_committed(topic):
    async with consumer(isolation_level="read_committed") as it:
        it.assign(partitions(topic, 0))
        expect(values(await read(it, 10)), [b"v%d" % i for i in (*range(5), *range(10, 15))], "committed records")
        await read_nothing(it, 2)
    expect(values(await read_all(topic, 16)), [b"v%d" % i for i in range(16)], "all records")
