"""The section "Producing" of contract.md with confluent-kafka-python."""

from confluent_kafka import TIMESTAMP_CREATE_TIME, KafkaError, KafkaException

from confluent.client import consumer, pairs, producer, read, read_all, write
from contract import bulk_records, by_key, expect, long_records, record, records, scenario


@scenario("acks")
def acks(topic):
    for partition, level in enumerate(("0", "1", "all")):
        write(producer(acks=level), topic, records(0, 10), partition=partition)


@scenario("codec-gzip", "gzip")
@scenario("codec-snappy", "snappy")
@scenario("codec-lz4", "lz4")
@scenario("codec-zstd", "zstd")
def codec(topic, name):
    write(producer(compression_type=name, linger_ms=50), topic, long_records(100))
    expect(pairs(read_all(topic, 100)), long_records(100), "records read")


@scenario("keys")
def keys(topic):
    write(producer(), topic, records(0, 100) + records(0, 100))


@scenario("headers", [("a", b"1"), ("a", b"2"), ("empty", b"")])
@scenario("headers-null", [("n", None)])
def headers(topic, wanted):
    write(producer(), topic, [record(0)], headers=wanted)
    expect(read_all(topic, 1)[0].headers(), wanted, "headers read")


@scenario("nulls")
def nulls(topic):
    wanted = [(b"k0", None), (None, b"v1"), (b"", b"")]
    write(producer(), topic, wanted)
    expect(pairs(read_all(topic, 3)), wanted, "keys and values read")


@scenario("timestamps")
def timestamps(topic):
    write(producer(), topic, [record(0)], timestamp=1600000000123)
    expect(read_all(topic, 1)[0].timestamp(), (TIMESTAMP_CREATE_TIME, 1600000000123), "timestamp read")


@scenario("idempotence")
def idempotence(topic):
    write(producer(enable_idempotence=True), topic, records(0, 100))


@scenario("large")
def large(topic):
    wanted = [(b"k0", b"x" * 5_000_000)]
    write(producer(message_max_bytes=8_000_000), topic, wanted)
    expect(pairs(read_all(topic, 1)) == wanted, True, "the large record came back the same")


@scenario("too-large")
def too_large(topic):
    it = producer()
    try:
        write(it, topic, [(b"k0", b"x" * 20_000)])
    except KafkaException as error:
        expect(error.args[0].code(), KafkaError.MSG_SIZE_TOO_LARGE, "error of the record that is too large")
    else:
        raise AssertionError("the record that is too large was taken")
    write(it, topic, [record(0)])


@scenario("bulk")
def bulk(topic):
    written = bulk_records()
    write(producer(), topic, written)
    with consumer(topic) as it:
        it.subscribe([topic])
        got = pairs(read(it, len(written)))
    expect(by_key(got) == by_key(written), True, "each key's values came in order")


@scenario("many-partitions")
def many_partitions(topic):
    it = producer()
    for number in range(100):
        it.produce(topic, *reversed(record(number)), partition=number)
    expect(it.flush(20), 0, "records that are still to be written")
    messages = read_all(topic, 100, *range(100))
    expect(sorted(message.partition() for message in messages), list(range(100)), "partitions read")


@scenario("auto-create")
def auto_create(topic):
    write(producer(), topic, records(0, 10))


@scenario("unknown-topic")
def unknown_topic(topic):
    try:
        write(producer(topic_metadata_propagation_max_ms=1000), topic, [record(0)])
    except KafkaException as error:
        codes = (KafkaError._UNKNOWN_TOPIC, KafkaError.UNKNOWN_TOPIC_OR_PART)
        expect(error.args[0].code() in codes, True, f"{error} says that the topic is unknown")
    else:
        raise AssertionError("the record was written")
