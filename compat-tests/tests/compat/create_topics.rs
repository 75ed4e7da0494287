use compat_tests::batch::Batch;
use compat_tests::errors::{
    INVALID_CONFIG, INVALID_PARTITIONS, INVALID_REPLICA_ASSIGNMENT, INVALID_REPLICATION_FACTOR,
    INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, NONE, POLICY_VIOLATION, TOPIC_ALREADY_EXISTS,
    UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::ops::{
    fetch_values, growth, metadata, produce_values, topic_id, try_produce, wait_for_leaders, wish,
};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj, unique};

fn create(client: &mut Client, version: i16, topic: Value) -> Value {
    let request = obj! { topics: list![topic], timeout_ms: 30_000 };
    client.call("CreateTopics", version, request)["topics"][0].clone()
}

#[test]
fn every_version_creates() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("CreateTopics") {
        let name = unique("t");
        let created = create(&mut client, version, wish(&name, 3, 1));
        assert_eq!(created["error_code"], NONE, "v{version}: {created:?}");
        assert_eq!(created["name"], name.as_str());
        assert!(created["error_message"].is_null(), "v{version}");
        if version >= 5 {
            assert_eq!(
                (
                    created["num_partitions"].int(),
                    created["replication_factor"].int()
                ),
                (3, 1)
            );
            let config = created["configs"].find("name", "cleanup.policy");
            assert_eq!(config["value"], "delete", "v{version}");
            assert_eq!(
                (config["read_only"].bool(), config["is_sensitive"].bool()),
                (false, false)
            );
            assert_eq!(config["config_source"], 5, "v{version}: a default");
        }
        wait_for_leaders(&mut client, &name, 3);
        if version >= 7 {
            assert_eq!(created["topic_id"].uuid(), topic_id(&mut client, &name));
        }
        let again = create(&mut client, version, wish(&name, 3, 1));
        assert_eq!(again["error_code"], TOPIC_ALREADY_EXISTS, "v{version}");
        assert!(
            again["error_message"].str().contains(&name),
            "v{version}: {again:?}"
        );
    }
}

#[test]
fn a_created_topic_serves_when_the_answer_leaves() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    for n in 0..20 {
        let name = format!("t{n}");
        create(&mut client, 7, wish(&name, 10, 1));
        let answer = try_produce(&mut client, &name, 9, Batch::of(&["x"]).bytes());
        assert_eq!(answer["error_code"], NONE);
        assert_eq!(metadata(&mut client, &name)["partitions"].list().len(), 10);
    }
}

#[test]
fn minus_1_takes_the_brokers_defaults() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in 4..=7 {
        let name = unique("t");
        assert_eq!(
            create(&mut client, version, wish(&name, -1, -1))["error_code"],
            NONE,
            "v{version}"
        );
        wait_for_leaders(&mut client, &name, 1);
    }
}

#[test]
fn validate_only_creates_nothing() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("CreateTopics") {
        let name = unique("t");
        let request = obj! { topics: list![wish(&name, 2, 1)], timeout_ms: 30_000, validate_only: true };
        let answer = client.call("CreateTopics", version, request)["topics"][0].clone();
        assert_eq!(answer["error_code"], NONE, "v{version}");
        assert_eq!(
            metadata(&mut client, &name)["error_code"],
            UNKNOWN_TOPIC_OR_PARTITION,
            "v{version}"
        );
    }
}

#[test]
fn wrong_wishes_are_refused_with_a_reason() {
    let broker = Broker::start();
    let mut client = broker.client();
    let long = "x".repeat(250);
    let assigned = |partitions: i32, nodes: Value| {
        let rows = list![obj! { partition_index: 0, broker_ids: nodes }];
        let factor = if partitions == -1 { -1 } else { 1 };
        obj! {
            name: unique("t"), num_partitions: partitions, replication_factor: factor, assignments: rows,
        }
    };
    for (topic, code) in [
        (wish("", 1, 1), INVALID_TOPIC_EXCEPTION),
        (wish(".", 1, 1), INVALID_TOPIC_EXCEPTION),
        (wish("..", 1, 1), INVALID_TOPIC_EXCEPTION),
        (wish("sp ace", 1, 1), INVALID_TOPIC_EXCEPTION),
        (wish(&long, 1, 1), INVALID_TOPIC_EXCEPTION),
        (wish(&unique("t"), 0, 1), INVALID_PARTITIONS),
        (wish(&unique("t"), -2, 1), INVALID_PARTITIONS),
        (wish(&unique("t"), 1, 0), INVALID_REPLICATION_FACTOR),
        (assigned(1, list![1]), INVALID_REQUEST),
    ] {
        let answer = create(&mut client, 7, topic.clone());
        assert_eq!(answer["error_code"], code, "{topic:?}: {answer:?}");
        assert!(!answer["error_message"].is_null(), "{topic:?}");
    }
}

#[test]
fn assignments_are_checked_and_taken() {
    let broker = Broker::start();
    let mut client = broker.client();
    let cluster = client.call("Metadata", 12, obj! { topics: list![] });
    let node = cluster["brokers"][0]["node_id"].int() as i32;
    let rows = |nodes: [Value; 2]| -> Value {
        let rows: Vec<Value> = nodes
            .into_iter()
            .enumerate()
            .map(|(n, nodes)| obj! { partition_index: n as i32, broker_ids: nodes })
            .collect();
        obj! { name: unique("t"), num_partitions: -1, replication_factor: -1, assignments: rows }
    };
    let good = create(&mut client, 7, rows([list![node], list![node]]));
    assert_eq!(
        (good["error_code"].int(), good["num_partitions"].int()),
        (0, 2),
        "{good:?}"
    );
    for nodes in [
        [list![node], list![node + 77]],
        [list![node, node], list![node, node]],
        [list![], list![]],
    ] {
        let refused = create(&mut client, 7, rows(nodes.clone()));
        assert_eq!(
            refused["error_code"], INVALID_REPLICA_ASSIGNMENT,
            "{nodes:?} {refused:?}"
        );
    }
}

#[test]
fn the_dev_profile_takes_replication_factors_above_the_broker_count() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    assert_eq!(create(&mut client, 7, wish("three", 1, 3))["error_code"], NONE);
    let shown = metadata(&mut client, "three");
    assert_eq!(
        shown["partitions"][0]["replica_nodes"].list().len(),
        1,
        "what is there is shown"
    );
    let answer = create(&mut client, 7, wish("many", 1, i16::MAX));
    assert_eq!(
        (answer["error_code"].int(), answer["replication_factor"].int()),
        (0, 1)
    );
}

#[test]
fn a_default_factor_above_the_broker_count_counts_as_what_there_is() {
    let three = Options::new().set("default.replication.factor", 3);
    let Some(broker) = three.clone().start() else {
        return;
    };
    let answer = create(&mut broker.client(), 7, wish("t", 1, -1));
    assert_eq!(
        (answer["error_code"].int(), answer["replication_factor"].int()),
        (0, 1)
    );
    let strict = three
        .arg("--profile")
        .arg("kafka")
        .start()
        .expect("a broker of its own");
    for factor in [-1, 3] {
        let answer = create(&mut strict.client(), 7, wish("t", 1, factor));
        assert_eq!(answer["error_code"], INVALID_REPLICATION_FACTOR);
        let text = "Unable to replicate the partition 3 time(s): The target replication factor of 3 cannot be \
                    reached because only 1 broker(s) are registered or some brokers have all their log directories \
                    cordoned.";
        assert_eq!(answer["error_message"], text);
    }
    let assigned = obj! { partition_index: 0, broker_ids: list![1, 2] };
    let assigned =
        obj! { name: "m", num_partitions: -1, replication_factor: -1, assignments: list![assigned] };
    for broker in [&broker, &strict] {
        let answer = create(&mut broker.client(), 7, assigned.clone());
        assert_eq!(answer["error_code"], INVALID_REPLICA_ASSIGNMENT);
        let text = "The manual partition assignment includes broker 2, but no such broker is registered.";
        assert_eq!(answer["error_message"], text);
    }
}

#[test]
fn a_topic_of_three_wanted_replicas_lives_on() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    assert_eq!(create(&mut client, 7, wish("three", 1, 3))["error_code"], NONE);
    produce_values(&mut client, "three", 0, &["kept"]);
    broker.crash();
    let mut client = broker.client();
    assert_eq!(fetch_values(&mut client, "three", 0), ["kept"]);
    let grown = client.call("CreatePartitions", 3, growth("three", 2, Value::Null));
    assert_eq!(grown["results"][0]["error_code"], NONE);
    let shown = metadata(&mut client, "three");
    for partition in shown["partitions"].list() {
        assert_eq!(partition["replica_nodes"].list().len(), 1);
        assert_eq!(partition["isr_nodes"].list().len(), 1);
    }
}

#[test]
fn names_that_differ_by_dot_and_underscore_collide() {
    let broker = Broker::start();
    let mut client = broker.client();
    let name = unique("a.b");
    assert_eq!(create(&mut client, 7, wish(&name, 1, 1))["error_code"], NONE);
    let collides = create(&mut client, 7, wish(&name.replace('.', "_"), 1, 1));
    assert_eq!(collides["error_code"], INVALID_TOPIC_EXCEPTION, "{collides:?}");
}

#[test]
fn configs_are_taken_and_checked() {
    let broker = Broker::start();
    let mut client = broker.client();
    let with = |config: Value| {
        obj! { name: unique("t"), num_partitions: 1, replication_factor: 1, configs: list![config] }
    };
    let good = create(
        &mut client,
        7,
        with(obj! { name: "retention.ms", value: "12345" }),
    );
    assert_eq!(good["error_code"], NONE);
    let row = good["configs"].find("name", "retention.ms");
    assert_eq!(row["value"], "12345");
    assert_eq!(row["config_source"], 1, "of this topic");
    for (name, value) in [
        ("no.such", "1"),
        ("retention.ms", "soon"),
        ("cleanup.policy", "burn"),
        ("segment.bytes", "1"),
    ] {
        let answer = create(&mut client, 7, with(obj! { name: name, value: value }));
        assert_eq!(answer["error_code"], INVALID_CONFIG, "{name}={value}: {answer:?}");
    }
    let null = create(
        &mut client,
        7,
        with(obj! { name: "retention.ms", value: Value::Null }),
    );
    assert_eq!(null["error_code"], INVALID_CONFIG, "{null:?}");
}

#[test]
fn several_topics_succeed_and_fail_one_by_one() {
    let broker = Broker::start();
    let mut client = broker.client();
    let (good, twice) = (unique("t"), unique("t"));
    let request = obj! {
        topics: list![wish(&good, 1, 1), wish("bad name", 1, 1), wish(&twice, 1, 1), wish(&twice, 1, 1)],
        timeout_ms: 30_000,
    };
    let response = client.call("CreateTopics", 7, request);
    assert_eq!(response["topics"].find("name", &good)["error_code"], NONE);
    assert_eq!(
        response["topics"].find("name", "bad name")["error_code"],
        INVALID_TOPIC_EXCEPTION
    );
    assert_eq!(
        response["topics"].find("name", &twice)["error_code"],
        INVALID_REQUEST
    );
    assert_eq!(response["topics"].list().len(), 3, "{response:?}");
    wait_for_leaders(&mut client, &good, 1);
    assert_eq!(
        metadata(&mut client, &twice)["error_code"],
        UNKNOWN_TOPIC_OR_PARTITION
    );
}

#[test]
fn too_many_partitions_at_once_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("CreateTopics") {
        let answer = create(&mut client, version, wish(&unique("t"), 10_001, 1));
        assert_eq!(answer["error_code"], POLICY_VIOLATION, "v{version}: {answer:?}");
        let text = "Excessively large number of partitions per request.";
        assert_eq!(answer["error_message"], text, "v{version}");
    }
}
