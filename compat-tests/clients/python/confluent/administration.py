"""The section "Administration" of contract.md with confluent-kafka-python."""

import confluent_kafka.admin as kafka
from confluent_kafka import ConsumerGroupState, ConsumerGroupTopicPartitions, TopicPartition

from contract import BOOTSTRAP, Deadline, expect, expect_cluster, scenario


def admin():
    return kafka.AdminClient({"bootstrap.servers": BOOTSTRAP})


def only(futures):
    """The one result of a call about one thing."""
    (future,) = futures.values()
    return future.result(20)


@scenario("admin-topics")
def topics(topic):
    it = admin()
    only(it.create_topics([kafka.NewTopic(topic, 3, 1, config={"retention.ms": "60000"})]))
    until_partitions(it, topic, 3)
    expect(topic in it.list_topics(timeout=20).topics, True, "the topic is in the list")
    only(it.create_partitions([kafka.NewPartitions(topic, 5)]))
    until_partitions(it, topic, 5)
    only(it.delete_topics([f"{topic}-gone"]))


def until_partitions(it, topic, count):
    """Asks for the metadata until the topic has that many partitions."""
    deadline = Deadline(f"{count} partitions")
    while len(it.list_topics(topic, timeout=deadline.slice(20)).topics[topic].partitions) != count:
        pass


@scenario("admin-configs")
def configs(topic):
    it = admin()
    expect(retention(it, topic), "604800000", "retention.ms at first")
    if hasattr(it, "incremental_alter_configs"):
        entry = kafka.ConfigEntry("retention.ms", "123456", incremental_operation=kafka.AlterConfigOpType.SET)
        only(it.incremental_alter_configs([topic_resource(topic, incremental_configs=[entry])]))
    else:
        only(it.alter_configs([topic_resource(topic, set_config={"retention.ms": "123456"})]))
    deadline = Deadline("retention.ms as it was set")
    while retention(it, topic) != "123456":
        deadline.slice()


def topic_resource(topic, **options):
    return kafka.ConfigResource(kafka.ConfigResource.Type.TOPIC, topic, **options)


def retention(it, topic):
    return only(it.describe_configs([topic_resource(topic)]))["retention.ms"].value


@scenario("admin-groups")
def groups(topic):
    it = admin()
    listed = {group.group_id for group in it.list_consumer_groups().result(20).valid}
    expect({topic, f"{topic}-gone"} <= listed, True, f"both groups are among {listed}")
    expect(only(it.describe_consumer_groups([topic])).state, ConsumerGroupState.EMPTY, "the group's state")
    expect(committed(it, topic, topic), 3, "the group's offset")
    only(it.delete_consumer_groups([f"{topic}-gone"]))


def committed(it, group, topic):
    asked = ConsumerGroupTopicPartitions(group, [TopicPartition(topic, 0)])
    return only(it.list_consumer_group_offsets([asked])).topic_partitions[0].offset


@scenario("admin-offsets")
def offsets(topic):
    it = admin()
    wanted = ConsumerGroupTopicPartitions(topic, [TopicPartition(topic, 0, 7)])
    only(it.alter_consumer_group_offsets([wanted]))
    expect(committed(it, topic, topic), 7, "the group's offset after it is set")
    expect(ends(it, topic), (0, 10), "earliest and latest offset")
    only(it.delete_records([TopicPartition(topic, 0, 4)]))
    expect(ends(it, topic), (4, 10), "earliest and latest offset after the deletion")


def ends(it, topic):
    partition = TopicPartition(topic, 0)
    specs = (kafka.OffsetSpec.earliest(), kafka.OffsetSpec.latest())
    return tuple(only(it.list_offsets({partition: spec})).offset for spec in specs)


@scenario("admin-cluster")
def cluster(_topic):
    described = admin().list_topics(timeout=20)
    brokers = [(id, f"{broker.host}:{broker.port}") for id, broker in described.brokers.items()]
    expect_cluster(brokers, described.controller_id, described.cluster_id)
