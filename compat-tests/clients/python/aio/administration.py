"""The section "Administration" of contract.md with aiokafka, as far as its admin client goes."""

from contextlib import asynccontextmanager

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from aio.client import consumer
from contract import BOOTSTRAP, Deadline, expect, expect_cluster, scenario


@asynccontextmanager
async def admin():
    """An admin client, closed at the end."""
    it = AIOKafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    await it.start()
    try:
        yield it
    finally:
        await it.close()


@scenario("admin-topics")
async def topics(topic):
    async with admin() as it:
        answer = await it.create_topics([NewTopic(topic, 3, 1, topic_configs={"retention.ms": "60000"})])
        expect([error[:2] for error in answer.topic_errors], [(topic, 0)], "answer to the creation")
        await until_partitions(it, topic, 3)
        expect(topic in await it.list_topics(), True, "the topic is in the list")
        await it.create_partitions({topic: NewPartitions(5)})
        await until_partitions(it, topic, 5)
        answer = await it.delete_topics([f"{topic}-gone"])
        expect(answer.topic_error_codes, [(f"{topic}-gone", 0)], "answer to the deletion")


async def until_partitions(it, topic, count):
    """Asks for the metadata until the topic has that many partitions."""
    deadline = Deadline(f"{count} partitions")
    while deadline.slice():
        (described,) = await it.describe_topics([topic])
        if len(described["partitions"]) == count:
            return


@scenario("admin-configs")
async def configs(topic):
    async with admin() as it:
        expect(await retention(it, topic), "604800000", "retention.ms at first")
        (answer,) = await it.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, {"retention.ms": "123456"})])
        expect([resource[0] for resource in answer.resources], [0], "answer to the change")
        deadline = Deadline("retention.ms as it was set")
        while await retention(it, topic) != "123456":
            deadline.slice()


async def retention(it, topic):
    (answer,) = await it.describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    (resource,) = answer.to_object()["resources"]
    return next(entry["config_value"] for entry in resource["config_entries"] if entry["config_names"] == "retention.ms")


@scenario("admin-offsets")
async def offsets(topic):
    partition = TopicPartition(topic, 0)
    async with admin() as it, consumer(topic) as member:
        member.assign([partition])
        await member.commit({partition: 7})
        committed = await it.list_consumer_group_offsets(topic)
        expect(committed[partition].offset, 7, "the group's offset after it is set")
        expect(await ends(member, partition), (0, 10), "earliest and latest offset")
        await it.delete_records({partition: RecordsToDelete(4)})
        expect(await ends(member, partition), (4, 10), "earliest and latest offset after the deletion")


async def ends(member, partition):
    first = await member.beginning_offsets([partition])
    last = await member.end_offsets([partition])
    return first[partition], last[partition]


@scenario("admin-cluster")
async def cluster(_topic):
    async with admin() as it:
        described = await it.describe_cluster()
    brokers = [(broker["node_id"], f"{broker['host']}:{broker['port']}") for broker in described["brokers"]]
    expect_cluster(brokers, described["controller_id"], described["cluster_id"])
