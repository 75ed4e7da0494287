"""The section "Administration" of contract.md with kafka-python 2.0, which hands back the broker's answers as they are."""

from kafka import TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic
from kafka.errors import NoError

from contract import expect, expect_cluster, scenario
from kafka_py.administration import admin, change_retention, until_partitions


@scenario("admin-topics")
def topics(topic):
    with admin() as it:
        it.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "60000"})])
        until_partitions(it, topic, 3)
        expect(topic in it.list_topics(), True, "the topic is in the list")
        it.create_partitions({topic: NewPartitions(5)})
        until_partitions(it, topic, 5)
        it.delete_topics([f"{topic}-gone"])


@scenario("admin-configs")
def configs(topic):
    change_retention(topic, retention)


def retention(it, topic):
    (answer,) = it.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    (_code, _message, _type, _name, entries) = answer.resources[0]
    return next(entry[1] for entry in entries if entry[0] == "retention.ms")


@scenario("admin-groups")
def groups(topic):
    with admin() as it:
        listed = {group for group, _protocol in it.list_consumer_groups()}
        expect({topic, f"{topic}-gone"} <= listed, True, f"both groups are among {listed}")
        expect(it.describe_consumer_groups([topic])[0].state, "Empty", "the group's state")
        committed = it.list_consumer_group_offsets(topic)
        expect(committed[TopicPartition(topic, 0)].offset, 3, "the group's offset")
        expect(it.delete_consumer_groups([f"{topic}-gone"]), [(f"{topic}-gone", NoError)], "answer to the deletion")


@scenario("admin-cluster")
def cluster(_topic):
    with admin() as it:
        described = it.describe_cluster()
    brokers = [(broker["node_id"], f"{broker['host']}:{broker['port']}") for broker in described["brokers"]]
    expect_cluster(brokers, described["controller_id"], described["cluster_id"])
