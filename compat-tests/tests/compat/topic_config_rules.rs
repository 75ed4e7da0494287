//! What topic configs let in and keep out, and which test shows the effect of each.

use compat_tests::batch::{Batch, Codec, Record, now_ms};
use compat_tests::errors::{INVALID_CONFIG, INVALID_TIMESTAMP, KAFKA_STORAGE_ERROR, MESSAGE_TOO_LARGE, NONE};
use compat_tests::ops::{
    alter_topic, broker_and_topic, create_topic, fetch_all, fetch_values, new_topic, new_topic_with, produce,
    try_produce,
};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value};
use compat_tests::{eventually, list, obj, unique};

fn alter(client: &mut Client, kind: i8, resource: &str, configs: &[(&str, &str)]) -> Value {
    let configs: Vec<Value> = configs
        .iter()
        .map(|&(name, value)| obj! { name: name, config_operation: 0, value: value })
        .collect();
    let resource = obj! { resource_type: kind, resource_name: resource, configs: configs };
    let response = client.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
    response["responses"][0].clone()
}

fn create(client: &mut Client, configs: &[(&str, &str)]) -> Value {
    let configs: Vec<Value> = configs
        .iter()
        .map(|&(name, value)| obj! { name: name, value: value })
        .collect();
    let topic = obj! { name: unique("t"), num_partitions: 1, replication_factor: 1, configs: configs };
    client.call(
        "CreateTopics",
        7,
        obj! { topics: list![topic], timeout_ms: 30_000 },
    )["topics"][0]
        .clone()
}

fn described(client: &mut Client, topic: &str, key: &str) -> Value {
    let resource = obj! { resource_type: 2, resource_name: topic, configuration_keys: list![key] };
    let response = client.call("DescribeConfigs", 4, obj! { resources: list![resource] });
    response["results"][0]["configs"].find("name", key)["value"].clone()
}

fn timed(timestamps: &[i64]) -> Vec<u8> {
    let records: Vec<Record> = timestamps.iter().map(|t| Record::of("v").at(*t)).collect();
    Batch::new(Codec::None, &records).bytes()
}

#[test]
fn timestamps_are_kept_or_replaced() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let long_ago = 1_000_000_000_000;
    try_produce(&mut client, &topic, 0, timed(&[long_ago]));
    alter_topic(
        &mut client,
        &topic,
        &[("message.timestamp.type", "LogAppendTime")],
    );
    eventually("the broker's time", || {
        let answer = try_produce(&mut client, &topic, 0, timed(&[long_ago]));
        answer["log_append_time_ms"].int() > long_ago
    });
    let records = fetch_all(&mut client, &topic, 0, 0);
    assert_eq!(records[0].timestamp, long_ago);
    assert!(records.last().is_some_and(|r| r.timestamp > long_ago));
}

#[test]
fn timestamps_out_of_bounds_are_refused_with_the_record() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let now = now_ms();
    let answer = try_produce(&mut client, &topic, 0, timed(&[now, now + 7_200_000]));
    assert_eq!(
        answer["error_code"], INVALID_TIMESTAMP,
        "after.max is an hour: {answer:?}"
    );
    assert_eq!(answer["record_errors"][0]["batch_index"], 1);
    alter_topic(
        &mut client,
        &topic,
        &[("message.timestamp.after.max.ms", "10000000")],
    );
    eventually("the new bound", || {
        try_produce(&mut client, &topic, 0, timed(&[now, now + 7_200_000]))["error_code"] == NONE
    });
    alter_topic(
        &mut client,
        &topic,
        &[("message.timestamp.before.max.ms", "60000")],
    );
    eventually("a bound on the past", || {
        let answer = try_produce(&mut client, &topic, 0, timed(&[now - 120_000, now]));
        answer["error_code"] == INVALID_TIMESTAMP && answer["record_errors"][0]["batch_index"] == 0
    });
}

#[test]
fn the_clusters_defaults_reach_topics_that_exist() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let (topic, now) = (new_topic(&mut client, 1), now_ms());
    let large = || Batch::of(&[&"x".repeat(5000)]).bytes();
    assert_eq!(try_produce(&mut client, &topic, 0, large())["error_code"], NONE);
    let cases: [(&str, &str, Vec<u8>, i16); 3] = [
        ("message.max.bytes", "1000", large(), MESSAGE_TOO_LARGE),
        (
            "log.message.timestamp.before.max.ms",
            "1000",
            timed(&[now - 60_000]),
            INVALID_TIMESTAMP,
        ),
        (
            "log.message.timestamp.after.max.ms",
            "1000",
            timed(&[now + 60_000]),
            INVALID_TIMESTAMP,
        ),
    ];
    for (key, value, batch, code) in cases {
        assert_eq!(alter(&mut client, 4, "", &[(key, value)])["error_code"], NONE);
        assert_eq!(
            try_produce(&mut client, &topic, 0, batch)["error_code"],
            code,
            "{key}"
        );
    }
    let append_time = [("log.message.timestamp.type", "LogAppendTime")];
    assert_eq!(alter(&mut client, 4, "", &append_time)["error_code"], NONE);
    let answer = try_produce(&mut client, &topic, 0, timed(&[now]));
    assert!(answer["log_append_time_ms"].int() >= now, "{answer:?}");
}

#[test]
fn too_few_replicas_hold_nobody_up() {
    let broker = Broker::start();
    let mut client = broker.client();
    let configs = [
        ("min.insync.replicas", "5"),
        ("unclean.leader.election.enable", "true"),
    ];
    let (from_the_start, later) = (
        new_topic_with(&mut client, 1, &configs),
        new_topic(&mut client, 1),
    );
    alter_topic(&mut client, &later, &configs);
    for topic in [&from_the_start, &later] {
        for (key, value) in configs {
            eventually(key, || described(&mut client, topic, key) == value);
        }
        produce(&mut client, topic, 0, &Batch::of(&["acks=all"]));
        assert_eq!(fetch_values(&mut client, topic, 0), ["acks=all"]);
    }
}

#[test]
fn tiered_storage_is_refused_until_there_is_any() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let tiered = [("remote.storage.enable", "true")];
    for answer in [
        create(&mut client, &tiered),
        alter(&mut client, 2, &topic, &tiered),
    ] {
        assert_eq!(answer["error_code"], INVALID_CONFIG, "{answer:?}");
        assert!(
            answer["error_message"]
                .str()
                .starts_with("Tiered Storage functionality is disabled")
        );
    }
    for (key, value) in [
        ("local.retention.ms", "5000"),
        ("local.retention.bytes", "7000"),
        ("remote.log.copy.disable", "true"),
        ("remote.log.delete.on.disable", "true"),
    ] {
        assert_eq!(
            alter(&mut client, 2, &topic, &[(key, value)])["error_code"],
            NONE,
            "{key}"
        );
        eventually(key, || described(&mut client, &topic, key) == value);
    }
}

#[test]
fn lags_that_contradict_each_other_are_refused() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let lags = [("min.compaction.lag.ms", "10"), ("max.compaction.lag.ms", "2")];
    assert_eq!(create(&mut client, &lags)["error_code"], INVALID_CONFIG);
    assert_eq!(alter(&mut client, 2, &topic, &lags[..1])["error_code"], NONE);
    eventually("the first", || {
        described(&mut client, &topic, "min.compaction.lag.ms") == "10"
    });
    assert_eq!(
        alter(&mut client, 2, &topic, &lags[1..])["error_code"],
        INVALID_CONFIG
    );
}

#[test]
fn what_does_nothing_yet_is_told_once() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let told = |key: &str| {
        let log = broker.log();
        let lines = log
            .lines()
            .filter(|l| l.contains("not acted upon") && l.contains(key));
        lines.count()
    };
    let topic = new_topic_with(
        &mut client,
        1,
        &[("local.retention.ms", "5000"), ("retention.ms", "9000")],
    );
    broker.wait_for_log("local.retention.ms");
    alter_topic(
        &mut client,
        &topic,
        &[("local.retention.ms", "6000"), ("local.retention.bytes", "1")],
    );
    broker.wait_for_log("local.retention.bytes");
    assert_eq!(
        (told("local.retention.ms"), told("local.retention.bytes")),
        (1, 1)
    );
    assert_eq!(told("=\"retention.ms"), 0, "what acts is not named");
}

#[test]
fn a_disk_below_the_floor_takes_no_more_from_producers() {
    let floor = i64::MAX.to_string();
    let Some(broker) = Options::new().set("ottla.disk.free.min.bytes", &floor).start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    let batch = || Batch::of(&["v"]).bytes();
    let refused = try_produce(&mut client, "t", 0, batch());
    assert_eq!(refused["error_code"], KAFKA_STORAGE_ERROR, "{refused:?}");
    let message = refused["error_message"].str();
    let folder = broker.data();
    let folder = folder.file_name().expect("a name").to_string_lossy();
    for part in ["ottla.disk.free.min.bytes", &floor, &*folder] {
        assert!(message.contains(part), "{message}");
    }
    broker.wait_for_log("the disk is nearly full");
    assert_eq!(fetch_values(&mut client, "t", 0).len(), 0, "reads go on");
    let off = [("ottla.disk.free.min.bytes", "0")];
    assert_eq!(alter(&mut client, 4, "", &off)["error_code"], NONE);
    assert_eq!(try_produce(&mut client, "t", 0, batch())["error_code"], NONE);
    broker.wait_for_log("the disk has room again");
}
