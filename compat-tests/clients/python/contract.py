"""What the programs of all Python clients share: how they talk to the harness, and what contract.md calls records."""

import json
import os
import sys
import time
import traceback
from collections import defaultdict

BOOTSTRAP = os.environ["BOOTSTRAP"]
PREFIX = os.environ["PREFIX"]

# Name of a scenario → function that runs it. It is handed the scenario's topic; the group and the transactional id have that name too.
scenarios = {}


def scenario(name, *given):
    """Enters a function into the table of scenarios. It is handed what is given here behind the topic."""

    def enter(function):
        scenarios[name] = lambda *called: function(*called, *given)
        return function

    return enter


def record(i):
    """Record i: its key and its value."""
    return b"k%d" % i, b"v%d" % i


def records(first, end):
    """The records from `first` to the one before `end`."""
    return [record(i) for i in range(first, end)]


def long_records(count):
    """The records of the codec scenarios: long values that compress well."""
    return [(b"k%d" % i, b"v%d-" % i + b"x" * 1000) for i in range(count)]


def bulk_records():
    """The records of the scenario `bulk`: many values under few keys."""
    return [(b"k%d" % (i % 100), b"v%d" % i) for i in range(20_000)]


def by_key(pairs):
    """The values of each key, in the order in which they came."""
    values = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    return dict(values)


def expect(actual, wanted, what):
    """Fails the scenario unless both are equal."""
    if actual != wanted:
        raise AssertionError(f"{what}: {str(actual)[:300]} and not {str(wanted)[:300]}")


def expect_cluster(brokers, controller, cluster_id):
    """What a client was told of the cluster. `brokers` are pairs of an id and "host:port"."""
    expect([address for _id, address in brokers], [BOOTSTRAP], "brokers")
    expect(controller in [id for id, _address in brokers], True, "the controller is one of the brokers")
    expect(bool(cluster_id), True, "there is a cluster id")


class Deadline:
    """The time that a program waits at most for what it wants to see."""

    def __init__(self, what, seconds=20.0):
        self.what = what
        self.end = time.monotonic() + seconds

    def slice(self, seconds=0.2):
        """How long the next single wait may take, in seconds. Raises TimeoutError when no time is left."""
        left = self.end - time.monotonic()
        if left <= 0:
            raise TimeoutError(f"waited in vain for {self.what}")
        return min(left, seconds)


def restart_broker():
    """Has the harness kill the broker and start it again; returns when it is up."""
    _say({"ask": "restart"})
    answer = sys.stdin.readline().strip()
    expect(answer, "done", "the harness's answer to a restart")


def run(client, version, call=lambda function, topic: function(topic)):
    """Runs the scenarios that the harness wants. `call` calls one; a client with an event loop does it there."""
    _say({"client": client, "version": version})
    for name in os.environ["SCENARIOS"].split():
        _say({"scenario": name, **_outcome(name, call)})


def _outcome(name, call):
    if name not in scenarios:
        return {"ok": False, "why": "the program does not have this scenario"}
    try:
        call(scenarios[name], f"{PREFIX}-{name}")
    except Exception as error:
        traceback.print_exc()
        return {"ok": False, "why": f"{type(error).__name__}: {' '.join(str(error).split())}"}
    return {"ok": True}


def _say(line):
    print(json.dumps(line), flush=True)
