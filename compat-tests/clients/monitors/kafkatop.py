"""kafkatop: groups, their lag and the topics, as JSON."""

import json
from importlib.metadata import version

from contract import BOOTSTRAP, expect, run, scenario
from harness import CACHE, call, commit, fill


def kafkatop(*arguments):
    return json.loads(call(f"{CACHE}/venv/bin/kafkatop", "--kafka-broker", BOOTSTRAP, *arguments))


def groups(topic):
    return kafkatop("--summary-json", "--all", "--poll-period", "1", "--group-filter-pattern", f"^{topic}$")[topic]


@scenario("lag")
def lag(topic):
    """A group that is behind by 8 and 7, and then by nothing."""
    fill(topic, [20, 10])
    commit(topic, topic, [12, 3])
    behind = groups(topic)
    expect(behind["state"], "ConsumerGroupState.EMPTY", "state")
    expect(behind["topics"][topic], {"partitions": 2, "lag_max": 8, "lag_min": 7}, "lag")
    commit(topic, topic, [20, 10])
    expect(groups(topic)["topics"][topic], {"partitions": 2, "lag_max": 0, "lag_min": 0}, "lag at the end")


@scenario("topics")
def topics(topic):
    """The topics with the leader and the replicas of each partition, and the broker."""
    fill(topic, [1, 1, 1])
    seen = kafkatop("--topicinfo-parts")
    partitions = [(p["id"], p["leader"], p["replicas"]) for p in seen["topics"][topic]["partinfo"]]
    broker = next(iter(seen["brokers"].values()))
    expect(partitions, [(id, broker["id"], [broker["id"]]) for id in range(3)], "partitions")
    expect(f"{broker['host']}:{broker['port']}", BOOTSTRAP, "broker")


run("kafkatop", version("kafkatop"))
