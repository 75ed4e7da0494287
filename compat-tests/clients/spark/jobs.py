"""Spark's Kafka source and sink by PySpark: batches, an aggregate with a checkpoint, a copy that goes on after a stop."""

import glob
import os
import sys
import tempfile
import time
from collections import Counter

import pyspark
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic
from pyspark.sql import SparkSession
from pyspark.sql import functions as f

from contract import BOOTSTRAP, Deadline, expect, run, scenario

SECONDS = 60  # for what a job is to bring about
KEYS = 10


def session():
    jars = ",".join(glob.glob(os.environ["CACHE"] + "/jars/*.jar"))
    builder = SparkSession.builder.master("local[2]").appName("matrix")
    for name, value in {
        "spark.jars": jars,
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.driver.memory": "600m",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
    }.items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    return spark


# The other side: plain clients.


def create(*names, partitions=4):
    admin = KafkaAdminClient(bootstrap_servers=BOOTSTRAP)
    admin.create_topics([NewTopic(name, partitions, 1) for name in names])
    admin.close()


def fill(topic, numbers):
    """Number n under the key n modulo KEYS, with a header."""
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    for n in numbers:
        producer.send(topic, key=str(n % KEYS).encode(), value=str(n).encode(), headers=[("n", str(n).encode())])
    producer.close()


def read(topic):
    """All records that are there now."""
    consumer = KafkaConsumer(bootstrap_servers=BOOTSTRAP)
    parts = [TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
    left = {part: end for part, end in consumer.end_offsets(parts).items() if end > 0}
    consumer.assign(list(left))
    for part in left:
        consumer.seek(part, 0)
    records, deadline = [], Deadline(f"the end of {topic}", SECONDS)
    while left:
        for part, batch in consumer.poll(timeout_ms=int(deadline.slice() * 1000)).items():
            records.extend(batch)
            if batch[-1].offset + 1 >= left.get(part, 0):
                left.pop(part, None)
    consumer.close()
    return records


def eventually(what, holds):
    deadline = Deadline(what, SECONDS)
    while not holds():
        time.sleep(deadline.slice(0.05))


def source(reader, topic):
    return (
        reader.format("kafka")
        .option("kafka.bootstrap.servers", BOOTSTRAP)
        .option("subscribe", topic)
        .option("startingOffsets", "earliest")
        .option("includeHeaders", "true")
        .load()
    )


def sink(writer, topic):
    return writer.format("kafka").option("kafka.bootstrap.servers", BOOTSTRAP).option("topic", topic)


# The scenarios.


@scenario("batch")
def batch(spark, topic):
    out = f"{topic}-out"
    create(topic, out)
    fill(topic, range(1000))
    frame = source(spark.read, topic)
    first = frame.where(f.col("value").cast("string") == "7").collect()
    expect([bytes(header.value) for row in first for header in row.headers], [b"7"], "header of record 7")
    sums = frame.groupBy("key").agg(f.sum(f.col("value").cast("string").cast("long")).alias("sum"))
    sink(sums.select("key", f.col("sum").cast("string").alias("value")).write, out).save()
    wanted = {str(key).encode(): str(sum(range(key, 1000, KEYS))).encode() for key in range(KEYS)}
    expect({record.key: record.value for record in read(out)}, wanted, "sums by key")


@scenario("aggregate")
def aggregate(spark, topic):
    """Counts by key in a stream that is stopped and started again from its checkpoint."""
    out = f"{topic}-out"
    create(topic, out)
    checkpoint = tempfile.mkdtemp()
    for start, end in [(0, 1000), (1000, 2000)]:
        fill(topic, range(start, end))
        counts = source(spark.readStream, topic).groupBy("key").count()
        rows = counts.select("key", f.col("count").cast("string").alias("value"))
        query = sink(rows.writeStream, out).option("checkpointLocation", checkpoint).outputMode("update").start()
        wanted = {str(key).encode(): str(end // KEYS).encode() for key in range(KEYS)}
        eventually(f"counts up to {end}", lambda: {r.key: r.value for r in read(out)} == wanted)
        query.stop()


@scenario("copy")
def copy(spark, topic):
    """Everything that is there, then what has come since: nothing is copied twice."""
    out = f"{topic}-out"
    create(topic, out)
    checkpoint = tempfile.mkdtemp()
    for start, end in [(0, 1000), (1000, 1500)]:
        fill(topic, range(start, end))
        rows = source(spark.readStream, topic).select("key", "value", "headers")
        writer = sink(rows.writeStream, out).option("checkpointLocation", checkpoint).option("includeHeaders", "true")
        query = writer.trigger(availableNow=True).start()
        assert query.awaitTermination(SECONDS), "the query does not end"
        found = Counter((record.value, record.headers[0][1]) for record in read(out))
        expect(found, Counter((str(n).encode(), str(n).encode()) for n in range(end)), f"copied up to {end}")


@scenario("watermark")
def watermark(spark, topic):
    """Windows by the records' timestamps, which a watermark closes."""
    out = f"{topic}-out"
    create(topic, out, partitions=1)
    producer = KafkaProducer(bootstrap_servers=BOOTSTRAP)
    base = 1_600_000_000_000
    for second in [*range(30), 100]:
        producer.send(topic, value=b"x", timestamp_ms=base + 1000 * second)
    producer.close()
    rows = source(spark.readStream, topic).withWatermark("timestamp", "5 seconds")
    counts = rows.groupBy(f.window("timestamp", "10 seconds")).count()
    values = counts.select(f.concat(f.col("window.start").cast("long"), f.lit("="), f.col("count")).alias("value"))
    query = sink(values.writeStream, out).option("checkpointLocation", tempfile.mkdtemp()).outputMode("append").start()
    wanted = {f"{base // 1000 + start}=10".encode() for start in (0, 10, 20)}
    eventually("three closed windows", lambda: {record.value for record in read(out)} == wanted)
    query.stop()


def main():
    # Whatever Spark prints must not come between the answers.
    sys.stdout = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    spark = session()
    run("spark-sql-kafka-0-10", pyspark.__version__, call=lambda function, topic: function(spark, topic))
    spark.stop()


main()
