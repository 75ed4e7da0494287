"""The section "Producing" of contract.md with aiokafka."""

from aiokafka.errors import MessageSizeTooLargeError, UnknownTopicOrPartitionError

from aio.client import consumer, pairs, producer, read, read_all, write, write_once
from contract import bulk_records, by_key, expect, long_records, record, records, scenario


@scenario("acks")
async def acks(topic):
    for partition, level in enumerate((0, 1, "all")):
        async with producer(acks=level) as it:
            await write(it, topic, records(0, 10), partition=partition)


@scenario("codec-gzip", "gzip")
@scenario("codec-snappy", "snappy")
@scenario("codec-lz4", "lz4")
@scenario("codec-zstd", "zstd")
async def codec(topic, name):
    await write_once(topic, long_records(100), compression_type=name)
    expect(pairs(await read_all(topic, 100)), long_records(100), "records read")


@scenario("keys")
async def keys(topic):
    await write_once(topic, records(0, 100) + records(0, 100))


@scenario("headers", [("a", b"1"), ("a", b"2"), ("empty", b"")])
@scenario("headers-null", [("n", None)])
async def headers(topic, wanted):
    async with producer() as it:
        await write(it, topic, [record(0)], headers=wanted)
    (message,) = await read_all(topic, 1)
    expect(list(message.headers), wanted, "headers read")


@scenario("nulls")
async def nulls(topic):
    wanted = [(b"k0", None), (None, b"v1"), (b"", b"")]
    await write_once(topic, wanted)
    expect(pairs(await read_all(topic, 3)), wanted, "keys and values read")


@scenario("timestamps")
async def timestamps(topic):
    async with producer() as it:
        await write(it, topic, [record(0)], timestamp_ms=1600000000123)
    (message,) = await read_all(topic, 1)
    expect(message.timestamp, 1600000000123, "timestamp read")


@scenario("idempotence")
async def idempotence(topic):
    await write_once(topic, records(0, 100), enable_idempotence=True)


@scenario("large")
async def large(topic):
    wanted = [(b"k0", b"x" * 5_000_000)]
    await write_once(topic, wanted, max_request_size=8_000_000)
    expect(pairs(await read_all(topic, 1)) == wanted, True, "the large record came back the same")


@scenario("too-large")
async def too_large(topic):
    async with producer() as it:
        try:
            await write(it, topic, [(b"k0", b"x" * 20_000)])
        except MessageSizeTooLargeError:
            pass
        else:
            raise AssertionError("the record that is too large was taken")
        await write(it, topic, [record(0)])


@scenario("bulk")
async def bulk(topic):
    written = bulk_records()
    await write_once(topic, written)
    async with consumer(topic) as it:
        it.subscribe([topic])
        got = pairs(await read(it, len(written)))
    expect(by_key(got) == by_key(written), True, "each key's values came in order")


@scenario("many-partitions")
async def many_partitions(topic):
    async with producer() as it:
        for number in range(100):
            key, value = record(number)
            await it.send(topic, value, key, partition=number)
        await it.flush()
    messages = await read_all(topic, 100, *range(100))
    expect(sorted(message.partition for message in messages), list(range(100)), "partitions read")


@scenario("auto-create")
async def auto_create(topic):
    await write_once(topic, records(0, 10))


@scenario("unknown-topic")
async def unknown_topic(topic):
    try:
        await write_once(topic, [record(0)], request_timeout_ms=2000)
    except UnknownTopicOrPartitionError:
        return
    raise AssertionError("the record was written")
