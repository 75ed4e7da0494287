"""kafka-console: a command line for topics, records and offsets, which speaks JSON."""

import json

from contract import BOOTSTRAP, expect, run, scenario
from harness import CACHE, admin, call, commit, fill, read


def console(*arguments, stdin=None):
    """The JSON objects that it prints, one a line."""
    out = call(f"{CACHE}/node_modules/.bin/kafka-console", "--brokers", BOOTSTRAP, *arguments, stdin=stdin)
    return [json.loads(line) for line in out.splitlines()]


@scenario("topics")
def topics(topic):
    """Makes a topic, finds it, deletes it."""
    console("topic:create", topic, "--partitions", "3")
    expect(len(admin().list_topics(timeout=10).topics[topic].partitions), 3, "partitions")
    expect(topic in console("list"), True, "listed")
    configs = {c["name"]: c["value"] for c in console("config", "-r", "topic", "-n", topic)[0]["configs"]}
    expect(configs["retention.ms"], "604800000", "retention.ms")
    console("topic:delete", topic)
    expect(topic in console("list"), False, "listed when deleted")


@scenario("records")
def records(topic):
    """Writes records with headers that a plain consumer reads, and reads records to the end."""
    fill(topic, [0])
    sent = [{"key": f"k{i}", "value": f"v{i}", "headers": {"h": str(i)}} for i in range(10)]
    console("produce", topic, "--data-format", "raw", stdin="".join(json.dumps(r) + "\n" for r in sent))
    got = [(r.key(), r.value(), r.headers()) for r in read(topic, 10)]
    expect(got, [(f"k{i}".encode(), f"v{i}".encode(), [("h", str(i).encode())]) for i in range(10)], "written")
    seen = console("consume", topic, "--snapshot", "--data-format", "raw", "--group", topic)
    expect([(r["offset"], r["key"], r["value"]) for r in seen], [(str(i), f"k{i}", f"v{i}") for i in range(10)], "read")


@scenario("offsets")
def offsets(topic):
    """Where the partitions begin and end, and what a group has committed."""
    fill(topic, [20, 10])
    commit(topic, topic, [12, 3])
    ends = {p["partition"]: (p["low"], p["high"]) for p in console("topic:offsets", topic)}
    expect(ends, {0: ("0", "20"), 1: ("0", "10")}, "ends")
    committed = {p["partition"]: p["offset"] for p in console("topic:offsets", topic, "--group", topic)[0]["partitions"]}
    expect(committed, {0: "12", 1: "3"}, "committed")


def version():
    with open(f"{CACHE}/node_modules/kafka-console/package.json", encoding="utf-8") as package:
        return json.load(package)["version"]


run("kafka-console", version())
