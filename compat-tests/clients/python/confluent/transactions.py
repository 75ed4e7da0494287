"""The section "Transactions" of contract.md with confluent-kafka-python."""

from confluent_kafka import KafkaError, KafkaException

from confluent.client import consumer, pairs, partitions, producer, read, read_all, read_nothing, values, write
from contract import expect, record, records, scenario


def transactional(name):
    """A producer whose transactional id is initialised."""
    it = producer(transactional_id=name)
    it.init_transactions(20)
    return it


@scenario("txn-commit")
def commit(topic):
    it = transactional(topic)
    it.begin_transaction()
    for i in range(10):
        write(it, topic, [record(i)], partition=i % 2)
    it.commit_transaction(20)
    got = pairs(read_all(topic, 10, 0, 1, isolation_level="read_committed"))
    expect(sorted(got), sorted(records(0, 10)), "committed records")


@scenario("txn-abort")
def abort(topic):
    it = transactional(topic)
    it.begin_transaction()
    write(it, topic, records(0, 10))
    it.abort_transaction(20)
    it.begin_transaction()
    write(it, topic, records(10, 15))
    it.commit_transaction(20)
    expect(pairs(read_all(topic, 5, isolation_level="read_committed")), records(10, 15), "committed records")


@scenario("txn-fence")
def fence(topic):
    first = transactional(topic)
    first.begin_transaction()
    write(first, topic, [record(0)])
    second = transactional(topic)
    try:
        first.commit_transaction(20)
    except KafkaException as error:
        expect(error.args[0].code(), KafkaError._FENCED, "error of the fenced producer")
    else:
        raise AssertionError("the first producer committed")
    second.begin_transaction()
    write(second, topic, [record(1)])
    second.commit_transaction(20)


@scenario("txn-copy")
def copy(topic):
    with consumer(topic, isolation_level="read_committed") as source:
        source.subscribe([f"{topic}-in"])
        it = transactional(topic)
        it.begin_transaction()
        write(it, f"{topic}-out", pairs(read(source, 10)))
        positions = source.position(source.assignment())
        it.send_offsets_to_transaction(positions, source.consumer_group_metadata(), 20)
        it.commit_transaction(20)


@scenario("read-committed")
def read_committed(topic):
    with consumer(topic, isolation_level="read_committed") as it:
        it.assign(partitions(topic, 0))
        expect(values(read(it, 10)), [b"v%d" % i for i in (*range(5), *range(10, 15))], "committed records")
        read_nothing(it, 2)
    expect(values(read_all(topic, 16, isolation_level="read_uncommitted")), [b"v%d" % i for i in range(16)], "all records")
