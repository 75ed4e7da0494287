"""The section "Administration" of contract.md with kafka-python 3."""

from kafka import OffsetAndMetadata, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, OffsetSpec

from contract import expect, expect_cluster, scenario
from kafka_py.administration import admin, change_retention, until_partitions


@scenario("admin-topics")
def topics(topic):
    with admin() as it:
        wanted = {"num_partitions": 3, "replication_factor": 1, "configs": {"retention.ms": "60000"}}
        it.create_topics({topic: wanted}, wait_for_metadata=True)
        expect(topic in it.list_topics(), True, "the topic is in the list")
        until_partitions(it, topic, 3)
        it.create_partitions({topic: 5})
        until_partitions(it, topic, 5)
        it.delete_topics([f"{topic}-gone"])


@scenario("admin-configs")
def configs(topic):
    change_retention(topic, retention)


def retention(it, topic):
    described = it.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)], config_filter="all")
    return described["topic"][topic]["retention.ms"]["value"]


@scenario("admin-groups")
def groups(topic):
    partition = TopicPartition(topic, 0)
    with admin() as it:
        listed = {group["group_id"] for group in it.list_groups()}
        expect({topic, f"{topic}-gone"} <= listed, True, f"both groups are among {listed}")
        expect(it.describe_groups([topic])[topic]["group_state"], "Empty", "the group's state")
        expect(it.list_group_offsets([topic])[topic][partition].offset, 3, "the group's offset")
        expect(it.delete_groups([f"{topic}-gone"]), {f"{topic}-gone": "OK"}, "answer to the deletion")


@scenario("admin-offsets")
def offsets(topic):
    partition = TopicPartition(topic, 0)
    with admin() as it:
        it.alter_group_offsets(topic, {partition: OffsetAndMetadata(7)})
        expect(it.list_group_offsets([topic])[topic][partition].offset, 7, "the group's offset after it is set")
        expect(ends(it, partition), (0, 10), "earliest and latest offset")
        it.delete_records({partition: 4})
        expect(ends(it, partition), (4, 10), "earliest and latest offset after the deletion")


def ends(it, partition):
    specs = (OffsetSpec.EARLIEST, OffsetSpec.LATEST)
    return tuple(it.list_partition_offsets({partition: spec})[partition].offset for spec in specs)


@scenario("admin-cluster")
def cluster(_topic):
    with admin() as it:
        described = it.describe_cluster()
    brokers = [(broker["broker_id"], f"{broker['host']}:{broker['port']}") for broker in described["brokers"]]
    expect_cluster(brokers, described["controller_id"], described["cluster_id"])
