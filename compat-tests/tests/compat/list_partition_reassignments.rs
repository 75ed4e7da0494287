use compat_tests::errors::NONE;
use compat_tests::ops::broker_and_topic;
use compat_tests::wire::Value;
use compat_tests::{list, obj};

#[test]
fn nothing_is_on_its_way_to_another_broker() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let named = list![
        obj! { name: topic.as_str(), partition_indexes: list![0, 9] },
        obj! { name: "no-such-topic", partition_indexes: list![0] },
    ];
    for topics in [Value::Null, list![], named] {
        let request = obj! { timeout_ms: 1000, topics: topics };
        let answer = client.call("ListPartitionReassignments", 0, request);
        assert_eq!(answer["error_code"], NONE);
        assert!(answer["error_message"].is_null());
        assert_eq!(answer["topics"].list().len(), 0);
    }
}
