use compat_tests::errors::{INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, NONE, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::ops::{broker_and_topic, new_topic, topic_id};
use compat_tests::wire::Value;
use compat_tests::{list, obj};

fn topics(names: &[&str]) -> Value {
    Value::Array(names.iter().map(|&name| obj! { name: name }).collect())
}

#[test]
fn it_describes_leaders_replicas_and_ids() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let response = client.call("DescribeTopicPartitions", 0, obj! { topics: topics(&[&topic]) });
    let row = &response["topics"][0];
    assert_eq!((row["error_code"].int(), row["name"].str()), (0, topic.as_str()));
    assert_eq!(row["topic_id"].uuid(), topic_id(&mut client, &topic));
    assert_eq!(row["is_internal"], false);
    let partitions = row["partitions"].list();
    assert_eq!(partitions.len(), 2);
    for (n, partition) in partitions.iter().enumerate() {
        assert_eq!(partition["error_code"], NONE);
        assert_eq!(partition["partition_index"], n as i32);
        assert_eq!(partition["replica_nodes"], list![partition["leader_id"].clone()]);
        assert_eq!(partition["isr_nodes"], partition["replica_nodes"]);
        assert_eq!(partition["offline_replicas"], list![]);
    }
    assert!(response["next_cursor"].is_null());
}

#[test]
fn unknown_and_impossible_names() {
    let (_broker, mut client, _topic) = broker_and_topic(1);
    let response = client.call(
        "DescribeTopicPartitions",
        0,
        obj! { topics: topics(&["no-such-topic"]) },
    );
    assert_eq!(response["topics"][0]["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    let response = client.call(
        "DescribeTopicPartitions",
        0,
        obj! { topics: topics(&["bad name"]) },
    );
    assert_eq!(response["topics"][0]["error_code"], INVALID_TOPIC_EXCEPTION);
}

#[test]
fn a_cursor_pages_through_topics_by_name() {
    let (_broker, mut client, one) = broker_and_topic(3);
    let two = new_topic(&mut client, 3);
    let mut names = [one.as_str(), two.as_str()];
    names.sort_unstable();
    let (mut seen, mut cursor) = (Vec::new(), Value::Null);
    for _ in 0..10 {
        let request = obj! { topics: topics(&names), response_partition_limit: 2, cursor: cursor };
        let response = client.call("DescribeTopicPartitions", 0, request);
        let mut page = 0;
        for topic in response["topics"].list() {
            for partition in topic["partitions"].list() {
                seen.push((topic["name"].str().to_owned(), partition["partition_index"].int()));
                page += 1;
            }
        }
        assert!(page <= 2);
        cursor = response["next_cursor"].clone();
        if cursor.is_null() {
            break;
        }
    }
    let wanted: Vec<(String, i64)> = names
        .iter()
        .flat_map(|name| (0..3).map(|n| ((*name).to_owned(), n)))
        .collect();
    assert_eq!(seen, wanted);
}

#[test]
fn an_empty_list_means_all_topics() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let response = client.call("DescribeTopicPartitions", 0, obj! { topics: list![] });
    response["topics"].find("name", &topic);
}

#[test]
fn a_cursor_must_point_to_what_was_asked_for() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let mut at = |name: &str, index: i32| {
        let cursor = obj! { topic_name: name, partition_index: index };
        let request = obj! { topics: topics(&[&topic]), cursor: cursor };
        let answer = client.call("DescribeTopicPartitions", 0, request);
        answer["topics"][0]["error_code"].int() as i16
    };
    assert_eq!(at(&topic, 0), NONE);
    assert_eq!(at(&topic, -1), INVALID_REQUEST);
    assert_eq!(at("another-topic", 0), INVALID_REQUEST);
}
