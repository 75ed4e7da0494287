"""Has Quix Streams count words, and looks at what it left behind with a plain consumer."""

import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from confluent_kafka.admin import AdminClient, ConfigResource, NewTopic

from confluent.client import consumer, partitions, producer, read, read_nothing, write
from contract import BOOTSTRAP, expect, run, scenario
from words import CHANGELOG, COUNTS, PARTITIONS, WORDS

KEYS = 10
ROUND = 1000  # words that are written at once


@contextmanager
def counting():
    """The count at work, with an empty folder for its state. Told to stop at the end, unless it was killed before."""
    with tempfile.TemporaryDirectory() as folder:
        program = Path(__file__).with_name("count.py")
        process = subprocess.Popen([sys.executable, program], stdout=sys.stderr, env={**os.environ, "STATE": folder})
        try:
            yield process
            process.terminate()
            process.wait(20)
        finally:
            process.kill()
            process.wait()


def write_words(first):
    write(producer(), WORDS, [(b"w%d" % (i % KEYS), b"line %d" % i) for i in range(first, first + ROUND)])


@contextmanager
def counts():
    """A consumer of what was counted."""
    with consumer(COUNTS, isolation_level="read_committed") as it:
        it.assign(partitions(COUNTS, *range(PARTITIONS)))
        yield it


def check_counts(messages, total):
    """Each word was counted from one up to its share of the total, in steps of one."""
    of_word = defaultdict(list)
    for message in messages:
        of_word[message.key()].append(json.loads(message.value()))
    share = total // KEYS
    expect({word: len(numbers) for word, numbers in of_word.items()}, {b"w%d" % k: share for k in range(KEYS)}, "how often words were counted")
    wrong = {word: numbers for word, numbers in of_word.items() if numbers != list(range(1, share + 1))}
    for word, numbers in wrong.items():
        at = next(i for i in range(share) if numbers[i] != i + 1)
        raise AssertionError(f"{len(wrong)} words were counted wrongly, {word} at {at + 1}: {numbers[at : at + 5]}")


@scenario("count")
def count(_topic):
    admin = AdminClient({"bootstrap.servers": BOOTSTRAP})
    for future in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in (WORDS, COUNTS)]).values():
        future.result()
    write_words(0)
    with counting(), counts() as it:
        check_counts(read(it, ROUND), ROUND)
    check_changelog(admin)


def check_changelog(admin):
    """It has made a compacted topic for its state, with a partition for each of the words'."""
    (described,) = admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, CHANGELOG)]).values()
    expect("compact" in described.result()["cleanup.policy"].value, True, "the changelog is compacted")
    expect(len(admin.list_topics(CHANGELOG).topics[CHANGELOG].partitions), PARTITIONS, "partitions of the changelog")


@scenario("restart")
def restart(_topic):
    with counts() as it:
        messages = read(it, ROUND)
        write_words(ROUND)
        with counting() as first:
            messages += read(it, ROUND // 10)
            first.kill()  # in the midst of it
        write_words(2 * ROUND)
        with counting():
            messages += read(it, 3 * ROUND - len(messages))
            read_nothing(it, 1)
    check_counts(messages, 3 * ROUND)


run("quixstreams", version("quixstreams"))
