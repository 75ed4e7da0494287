use compat_tests::errors::*;
use compat_tests::ops::broker_and_topic;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

const PREFERRED: i8 = 0;
const UNCLEAN: i8 = 1;

fn elect(client: &mut Client, version: i16, kind: i8, partitions: Value) -> Value {
    let mut request = obj! { topic_partitions: partitions, timeout_ms: 1000 };
    if version >= 1 {
        request.set("election_type", kind);
    }
    client.call("ElectLeaders", version, request)
}

#[test]
fn a_partition_that_is_led_needs_no_election() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in versions("ElectLeaders") {
        for kind in [PREFERRED, UNCLEAN] {
            let asked = list![
                obj! { topic: topic.as_str(), partitions: list![0, 7] },
                obj! { topic: "no-such-topic", partitions: list![0] },
            ];
            let answer = elect(&mut client, version, kind, asked);
            if version >= 1 {
                assert_eq!(answer["error_code"], NONE);
            }
            let results = answer["replica_election_results"].list();
            let of = |topic: usize, at: usize| {
                let result = &results[topic]["partition_result"][at];
                (result["error_code"].int(), result["error_message"].str())
            };
            let needless = "Leader election not needed for topic partition.";
            assert_eq!(of(0, 0), (ELECTION_NOT_NEEDED.into(), needless), "v{version}");
            let text = format!("No such partition as {topic}-7");
            assert_eq!(of(0, 1), (UNKNOWN_TOPIC_OR_PARTITION.into(), text.as_str()));
            let text = "No such topic as no-such-topic";
            assert_eq!(of(1, 0), (UNKNOWN_TOPIC_OR_PARTITION.into(), text));
        }
    }
}

#[test]
fn of_all_partitions_only_those_are_told_that_were_elected_or_could_not_be() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    for version in versions("ElectLeaders") {
        let answer = elect(&mut client, version, PREFERRED, Value::Null);
        let own = answer["replica_election_results"].find("topic", &topic);
        assert_eq!(own["partition_result"].list().len(), 0, "v{version}");
    }
}

#[test]
fn an_unknown_kind_of_election_is_refused_since_there_are_kinds() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in versions("ElectLeaders").filter(|version| *version >= 1) {
        let asked = list![obj! { topic: topic.as_str(), partitions: list![0] }];
        let answer = elect(&mut client, version, 5, asked);
        assert_eq!(answer["error_code"], INVALID_REQUEST, "v{version}");
        let result = &answer["replica_election_results"][0]["partition_result"][0];
        assert_eq!(result["error_code"], INVALID_REQUEST);
        assert_eq!(result["error_message"], "Unknown election type 5");
        let all = elect(&mut client, version, 5, Value::Null);
        assert_eq!(all["error_code"], INVALID_REQUEST);
        assert_eq!(all["replica_election_results"].list().len(), 0);
    }
}
