"""The test of this example; `test` starts it with a temporary folder."""

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

HERE = Path(__file__).parent
TOPIC = os.environ.setdefault("TOPIC", "payments")
NODE = os.environ.get("NODE_PROGRAMS")  # a folder with relay.mjs, loader.mjs and their packages, to test instead of the Python ones
EVENTS = 200_000
ACCOUNTS = 1_000
PARTITIONS = 4
DEADLINE_SECONDS = 120


def main(work):
    with ExitStack() as stack:
        bootstrap = os.environ.get("BOOTSTRAP") or stack.enter_context(broker(work))
        url = stack.enter_context(postgres(work))
        os.environ.update(BOOTSTRAP=bootstrap, DATABASE=url)
        admin = AdminClient({"bootstrap.servers": bootstrap})
        admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])[TOPIC].result()
        with psycopg.connect(url, autocommit=True) as database:
            database.execute((HERE / "schema.sql").read_text())
            pay(database)
            begun = time.monotonic()
            published(database)
            between = time.monotonic()
            loaded(database, end_of_topic(bootstrap))
            done = time.monotonic()
    print(f"{EVENTS} events, exactly once: published in {between - begun:.1f} s, loaded in {done - between:.1f} s, each with two kills")


@contextmanager
def broker(work):
    """An Ottla that keeps everything in memory; its address."""
    ready = work / "ready"
    command = [os.environ.get("OTTLA", "ottla"), "--memory", "--listen", "127.0.0.1:0", "--ready-file", ready]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            until("the broker is ready", lambda: ready.exists() and ready.read_text())
            yield ready.read_text().split()[0]
        finally:
            process.terminate()


@contextmanager
def postgres(work):
    """A PostgreSQL in a folder, reached by a socket in it; its address. It refuses to run as root, so root runs it as `postgres`."""
    folder = work / "postgres"
    folder.mkdir()
    user = {}
    if os.geteuid() == 0:
        user = {"user": "postgres", "group": "postgres", "extra_groups": []}
        work.chmod(0o755)
        shutil.chown(folder, "postgres")
    tools = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    create = [tools / "initdb", "--pgdata", folder / "data", "--username=postgres", "--auth=trust", "--no-sync"]
    subprocess.run(create, check=True, stdout=subprocess.DEVNULL, cwd="/", **user)
    serve = [tools / "postgres", "-D", folder / "data", "-c", "listen_addresses=", "-k", folder, "-F"]
    ready = [tools / "pg_isready", "--quiet", "--host", folder]
    with open(work / "postgres.log", "wb") as log, subprocess.Popen(serve, stdout=log, stderr=log, cwd="/", **user) as process:
        try:
            until("PostgreSQL is ready", lambda: subprocess.run(ready).returncode == 0)
            yield f"postgresql:///postgres?host={folder}&user=postgres"
        finally:
            process.send_signal(signal.SIGINT)


def pay(database):
    """What an application does: each change and the event that tells of it are one transaction."""
    database.execute("INSERT INTO accounts (id) SELECT generate_series(0, %s - 1)", [ACCOUNTS])
    for _ in range(10):
        with database.transaction():
            database.execute("UPDATE accounts SET balance = balance + 1 + id % 7")
            database.execute(
                """INSERT INTO outbox (key, payload)
                   SELECT n %% %(accounts)s, json_build_object('account', n %% %(accounts)s, 'amount', 1 + n)
                   FROM generate_series(0, %(events)s - 1) AS n""",
                {"accounts": ACCOUNTS, "events": EVENTS // 10},
            )


def published(database):
    """Runs relays until the outbox is empty; two of them are killed."""
    left = "SELECT count(*) FROM outbox"
    killed_at = [killed(database, "relay", left, lambda count, mark=mark: count <= mark) for mark in (150_000, 80_000)]
    assert 0 < min(killed_at), f"a relay was killed too late: {killed_at}"
    with running("relay"):
        until("the outbox is empty", lambda: value(database, left) == 0)


def loaded(database, records):
    """Runs loaders until the table is full; two of them are killed. `records` are in the topic, some of them twice."""
    assert records >= EVENTS, f"only {records} of {EVENTS} events are in the topic"
    rows = "SELECT count(*) FROM payments"
    killed_at = [killed(database, "loader", rows, lambda count, mark=mark: count >= mark) for mark in (50_000, 120_000)]
    assert max(killed_at) < EVENTS, f"a loader was killed too late: {killed_at}"
    with running("loader"):
        until("all is read", lambda: value(database, "SELECT sum(next) FROM progress") >= records)
    amount = 10 * sum(range(1, EVENTS // 10 + 1))
    found = database.execute("SELECT count(*), sum(amount), min(id), max(id) FROM payments").fetchone()
    assert found == (EVENTS, amount, 1, EVENTS), f"the table holds {found}"
    assert value(database, "SELECT sum(records) FROM progress") == records, "a record was read twice, or not at all"
    disorder = """SELECT count(*) FROM (SELECT id < lag(id) OVER (PARTITION BY account ORDER BY partition, position) AS back
                                        FROM payments) AS steps WHERE back"""
    assert value(database, disorder) == 0, "an account's payments came out of order"


def killed(database, program, query, reached):
    """Starts a program and kills it when the query's value tells so; what the value was afterwards."""
    with running(program) as process:
        until(f"{program} has come half way", lambda: reached(value(database, query)))
        process.kill()
    return value(database, query)


@contextmanager
def running(program):
    """A program of this example, told to stop at the end; one that was not killed has to end well."""
    command = ["node", Path(NODE) / f"{program}.mjs"] if NODE else [sys.executable, HERE / f"{program}.py"]
    process = subprocess.Popen(command)
    try:
        yield process
        process.terminate()
        assert process.wait(DEADLINE_SECONDS) in (0, -9), f"{program} ended with {process.returncode}"
    finally:
        process.kill()
        process.wait()


def until(what, reached):
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not reached():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        time.sleep(0.01)


def value(database, query):
    return database.execute(query).fetchone()[0] or 0


def end_of_topic(bootstrap):
    """How many records the topic has."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "nobody"})
    ends = [consumer.get_watermark_offsets(TopicPartition(TOPIC, partition), 20)[1] for partition in range(PARTITIONS)]
    consumer.close()
    return sum(ends)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
