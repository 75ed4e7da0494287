use compat_tests::errors::{
    INVALID_PARTITIONS, INVALID_REPLICA_ASSIGNMENT, INVALID_REQUEST, NONE, POLICY_VIOLATION,
    UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::ops::{
    broker_and_topic, growth, metadata, new_topic, produce_values, topic_id, wait_for_leaders,
};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

fn grow(client: &mut Client, version: i16, topic: &str, count: i32, assignments: Value) -> Value {
    client.call("CreatePartitions", version, growth(topic, count, assignments))["results"][0].clone()
}

#[test]
fn every_version_grows_a_topic() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    produce_values(&mut client, &topic, 0, &["kept"]);
    for (grown, version) in versions("CreatePartitions").enumerate() {
        let count = grown as i32 + 2;
        let answer = grow(&mut client, version, &topic, count, Value::Null);
        assert_eq!(answer["error_code"], NONE, "v{version}: {answer:?}");
        assert_eq!(answer["name"], topic.as_str());
        wait_for_leaders(&mut client, &topic, count);
        produce_values(&mut client, &topic, count - 1, &["new"]);
    }
    assert_eq!(topic_id(&mut client, &topic), id, "it is the same topic");
    assert_eq!(compat_tests::ops::fetch_values(&mut client, &topic, 0), ["kept"]);
}

#[test]
fn partitions_only_grow() {
    let (_broker, mut client, topic) = broker_and_topic(3);
    for count in [2, 3, 0, -1] {
        let answer = grow(&mut client, 3, &topic, count, Value::Null);
        assert_eq!(answer["error_code"], INVALID_PARTITIONS, "{count}: {answer:?}");
        assert!(!answer["error_message"].is_null());
    }
    let unknown = grow(&mut client, 3, "no-such-topic", 2, Value::Null);
    assert_eq!(unknown["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
}

#[test]
fn assignments_fit_the_growth() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let node = metadata(&mut client, &topic)["partitions"][0]["leader_id"].int() as i32;
    let to = |node: i32| obj! { broker_ids: list![node] };
    let few = grow(&mut client, 3, &topic, 3, list![to(node)]);
    assert_eq!(few["error_code"], INVALID_REPLICA_ASSIGNMENT, "{few:?}");
    let stranger = grow(&mut client, 3, &topic, 2, list![to(node + 50)]);
    assert_eq!(stranger["error_code"], INVALID_REPLICA_ASSIGNMENT, "{stranger:?}");
    assert_eq!(
        grow(&mut client, 3, &topic, 2, list![to(node)])["error_code"],
        NONE
    );
    wait_for_leaders(&mut client, &topic, 2);
}

#[test]
fn validate_only_and_twice_the_same_topic() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let wish = || obj! { name: &topic, count: 4, assignments: Value::Null };
    let request = obj! { topics: list![wish()], timeout_ms: 30_000, validate_only: true };
    assert_eq!(
        client.call("CreatePartitions", 3, request)["results"][0]["error_code"],
        NONE
    );
    assert_eq!(metadata(&mut client, &topic)["partitions"].list().len(), 1);
    let request = obj! { topics: list![wish(), wish()], timeout_ms: 30_000 };
    let response = client.call("CreatePartitions", 3, request);
    assert_eq!(
        response["results"][0]["error_code"], INVALID_REQUEST,
        "{response:?}"
    );
}

#[test]
fn too_many_partitions_at_once_are_refused() {
    let (broker, mut client, topic) = broker_and_topic(1);
    if !broker.is_own() {
        return; // Kafka stumbles: UNKNOWN_SERVER_ERROR
    }
    for version in versions("CreatePartitions") {
        let answer = grow(&mut client, version, &topic, 10_002, Value::Null);
        assert_eq!(answer["error_code"], POLICY_VIOLATION, "v{version}: {answer:?}");
    }
    let other = new_topic(&mut client, 1);
    for version in versions("CreatePartitions") {
        let wish = |name: &str| obj! { name: name, count: 5_002, assignments: Value::Null };
        let request =
            obj! { topics: list![wish(&topic), wish(&other)], timeout_ms: 30_000, validate_only: true };
        let answer = client.call("CreatePartitions", version, request);
        let codes: Vec<i64> = answer["results"]
            .list()
            .iter()
            .map(|row| row["error_code"].int())
            .collect();
        assert_eq!(codes, [NONE, POLICY_VIOLATION].map(i64::from), "v{version}");
    }
    assert_eq!(metadata(&mut client, &topic)["partitions"].list().len(), 1);
}
