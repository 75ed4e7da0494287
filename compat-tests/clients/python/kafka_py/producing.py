"""The section "Producing" of contract.md with kafka-python."""

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError, MessageSizeTooLargeError, UnknownTopicOrPartitionError

from contract import bulk_records, by_key, expect, long_records, record, records, scenario
from kafka_py.client import consumer, pairs, producer, read, read_all, write, write_once


@scenario("acks")
def acks(topic):
    for partition, level in enumerate((0, 1, "all")):
        with producer(acks=level, **not_idempotent()) as it:
            write(it, topic, records(0, 10), partition=partition)


def not_idempotent():
    """kafka-python 3 is idempotent unless told otherwise, and then wants acks=all; kafka-python 2.0 has no such setting."""
    return {"enable_idempotence": False} if "enable_idempotence" in KafkaProducer.DEFAULT_CONFIG else {}


@scenario("codec-gzip", "gzip")
@scenario("codec-snappy", "snappy")
@scenario("codec-lz4", "lz4")
@scenario("codec-zstd", "zstd")
def codec(topic, name):
    write_once(topic, long_records(100), compression_type=name)
    expect(pairs(read_all(topic, 100)), long_records(100), "records read")


@scenario("keys")
def keys(topic):
    write_once(topic, records(0, 100) + records(0, 100))


@scenario("headers", [("a", b"1"), ("a", b"2"), ("empty", b"")])
@scenario("headers-null", [("n", None)])
def headers(topic, wanted):
    with producer() as it:
        write(it, topic, [record(0)], headers=wanted)
    (message,) = read_all(topic, 1)
    expect(list(message.headers), wanted, "headers read")


@scenario("nulls")
def nulls(topic):
    wanted = [(b"k0", None), (None, b"v1"), (b"", b"")]
    write_once(topic, wanted)
    expect(pairs(read_all(topic, 3)), wanted, "keys and values read")


@scenario("timestamps")
def timestamps(topic):
    with producer() as it:
        write(it, topic, [record(0)], timestamp_ms=1600000000123)
    (message,) = read_all(topic, 1)
    expect(message.timestamp, 1600000000123, "timestamp read")


@scenario("idempotence")
def idempotence(topic):
    write_once(topic, records(0, 100), enable_idempotence=True)


@scenario("large")
def large(topic):
    wanted = [(b"k0", b"x" * 5_000_000)]
    write_once(topic, wanted, max_request_size=8_000_000)
    expect(pairs(read_all(topic, 1)) == wanted, True, "the large record came back the same")


@scenario("too-large")
def too_large(topic):
    with producer(**not_idempotent()) as it:  # an idempotent one writes nothing any more after an error that it cannot retry
        try:
            write(it, topic, [(b"k0", b"x" * 20_000)])
        except MessageSizeTooLargeError:
            pass
        else:
            raise AssertionError("the record that is too large was taken")
        write(it, topic, [record(0)])


@scenario("bulk")
def bulk(topic):
    written = bulk_records()
    write_once(topic, written)
    with consumer(topic) as it:
        it.subscribe([topic])
        got = pairs(read(it, len(written)))
    expect(by_key(got) == by_key(written), True, "each key's values came in order")


@scenario("many-partitions")
def many_partitions(topic):
    with producer() as it:
        for number in range(100):
            key, value = record(number)
            it.send(topic, value, key, partition=number)
        it.flush(20)
    messages = read_all(topic, 100, *range(100))
    expect(sorted(message.partition for message in messages), list(range(100)), "partitions read")


@scenario("auto-create")
def auto_create(topic):
    write_once(topic, records(0, 10))


@scenario("unknown-topic")
def unknown_topic(topic):
    try:
        write_once(topic, [record(0)], max_block_ms=1000)
    except (UnknownTopicOrPartitionError, KafkaTimeoutError):
        return  # kafka-python waits in vain for the topic's metadata
    raise AssertionError("the record was written")
