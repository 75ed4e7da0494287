"""The section "Transactions" of contract.md with kafka-python, which has them since 2.1."""

from contextlib import contextmanager

from kafka import OffsetAndMetadata
from kafka.errors import InvalidProducerEpochError, ProducerFencedError

from contract import expect, record, records, scenario
from kafka_py.client import consumer, pairs, partitions, producer, read, read_all, read_nothing, values, write


@contextmanager
def transactional(name):
    """A producer whose transactional id is initialised."""
    with producer(transactional_id=name) as it:
        it.init_transactions()
        yield it


@scenario("txn-commit")
def commit(topic):
    with transactional(topic) as it:
        it.begin_transaction()
        for i in range(10):
            write(it, topic, [record(i)], partition=i % 2)
        it.commit_transaction()
    got = pairs(read_all(topic, 10, 0, 1, isolation_level="read_committed"))
    expect(sorted(got), records(0, 10), "committed records")


@scenario("txn-abort")
def abort(topic):
    with transactional(topic) as it:
        it.begin_transaction()
        write(it, topic, records(0, 10))
        it.abort_transaction()
        it.begin_transaction()
        write(it, topic, records(10, 15))
        it.commit_transaction()
    expect(pairs(read_all(topic, 5, isolation_level="read_committed")), records(10, 15), "committed records")


@scenario("txn-fence")
def fence(topic):
    with transactional(topic) as first:
        first.begin_transaction()
        write(first, topic, [record(0)])
        with transactional(topic) as second:
            try:
                first.commit_transaction()
            except (ProducerFencedError, InvalidProducerEpochError):
                pass
            else:
                raise AssertionError("the first producer committed")
            second.begin_transaction()
            write(second, topic, [record(1)])
            second.commit_transaction()


@scenario("txn-copy")
def copy(topic):
    with consumer(topic, isolation_level="read_committed") as source, transactional(topic) as it:
        source.subscribe([f"{topic}-in"])
        it.begin_transaction()
        write(it, f"{topic}-out", pairs(read(source, 10)))
        positions = {partition: OffsetAndMetadata(source.position(partition)) for partition in source.assignment()}
        it.send_offsets_to_transaction(positions, source.group_metadata())
        it.commit_transaction()


@scenario("read-committed")
def read_committed(topic):
    with consumer(isolation_level="read_committed") as it:
        it.assign(partitions(topic, 0))
        expect(values(read(it, 10)), [b"v%d" % i for i in (*range(5), *range(10, 15))], "committed records")
        read_nothing(it, 2)
    expect(values(read_all(topic, 16)), [b"v%d" % i for i in range(16)], "all records")
