"""Counts words with Quix Streams, exactly once: it keeps its state in the folder $STATE, and runs until it is stopped."""

import os

from quixstreams import Application

from contract import BOOTSTRAP
from words import COUNTS, GROUP, WORDS


def count(_value, state):
    seen = state.get("seen", 0) + 1
    state.set("seen", seen)
    return seen


def main():
    app = Application(
        broker_address=BOOTSTRAP,
        consumer_group=GROUP,
        state_dir=os.environ["STATE"],
        auto_offset_reset="earliest",
        processing_guarantee="exactly-once",
        commit_every=100,
        consumer_extra_config={"group.instance.id": "one"},  # has its partitions back at once when it starts again
        loglevel="WARNING",
    )
    words = app.topic(WORDS, key_deserializer="str", value_deserializer="str")
    counts = app.topic(COUNTS, value_serializer="json")
    app.dataframe(words).apply(count, stateful=True).to_topic(counts)
    app.run()


if __name__ == "__main__":
    main()
