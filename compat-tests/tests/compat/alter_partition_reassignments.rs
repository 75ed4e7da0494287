use compat_tests::errors::*;
use compat_tests::ops::{broker_and_topic, metadata};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

/// Code and text for one partition.
fn reassign(
    client: &mut Client,
    version: i16,
    topic: &str,
    partition: i32,
    replicas: Value,
) -> (i64, Option<String>) {
    let partition = obj! { partition_index: partition, replicas: replicas };
    let topic = obj! { name: topic, partitions: list![partition] };
    let request = obj! { timeout_ms: 1000, topics: list![topic] };
    let answer = client.call("AlterPartitionReassignments", version, request);
    assert_eq!(answer["error_code"], NONE);
    assert!(answer["error_message"].is_null());
    let result = &answer["responses"][0]["partitions"][0];
    let text = &result["error_message"];
    let text = (!text.is_null()).then(|| text.str().to_owned());
    (result["error_code"].int(), text)
}

#[test]
fn a_replica_stays_where_it_is_and_goes_nowhere_else() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let here = metadata(&mut client, &topic)["partitions"][0]["leader_id"].int() as i32;
    let refused = |text: &str| (INVALID_REPLICA_ASSIGNMENT.into(), Some(text.to_owned()));
    for version in versions("AlterPartitionReassignments") {
        let mut to = |replicas: Value| reassign(&mut client, version, &topic, 0, replicas);
        assert_eq!(to(list![here]), (NONE.into(), None), "v{version}");
        assert_eq!(to(Value::Null), (NO_REASSIGNMENT_IN_PROGRESS.into(), None));
        let empty = "The manual partition assignment includes an empty replica list.";
        assert_eq!(to(list![]), refused(empty));
        let twice = format!("The manual partition assignment includes the broker {here} more than once.");
        assert_eq!(to(list![here, here]), refused(&twice));
        let stranger =
            "The manual partition assignment includes broker 77, but no such broker is registered.";
        assert_eq!(to(list![77]), refused(stranger));
        assert_eq!(to(list![here, 77]), refused(stranger));
        let mut of = |topic: &str, index| reassign(&mut client, version, topic, index, list![here]);
        let text = "Unable to find a topic named no-such-topic.".to_owned();
        assert_eq!(
            of("no-such-topic", 0),
            (UNKNOWN_TOPIC_OR_PARTITION.into(), Some(text))
        );
        let text = format!("Unable to find partition {topic}:9.");
        assert_eq!(of(&topic, 9), (UNKNOWN_TOPIC_OR_PARTITION.into(), Some(text)));
    }
}

#[test]
fn the_factor_may_be_held_since_version_1() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let here = metadata(&mut client, &topic)["partitions"][0]["leader_id"].int() as i32;
    let partition = obj! { partition_index: 0, replicas: list![here] };
    let topic = obj! { name: topic.as_str(), partitions: list![partition] };
    let request = obj! { timeout_ms: 1000, allow_replication_factor_change: false, topics: list![topic] };
    let answer = client.call("AlterPartitionReassignments", 1, request);
    assert_eq!(answer["allow_replication_factor_change"], false);
    assert_eq!(answer["responses"][0]["partitions"][0]["error_code"], NONE);
}
