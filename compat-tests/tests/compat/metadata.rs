use compat_tests::errors::{
    INVALID_REPLICATION_FACTOR, INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, NONE, UNKNOWN_TOPIC_ID,
    UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::ops::{broker_and_topic, topic_id, wait_for_leaders};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Value, versions};
use compat_tests::{list, obj, unique};

/// A request for one topic by name.
fn by_name(topic: &str, create: bool) -> Value {
    obj! { topics: list![obj! { name: topic }], allow_auto_topic_creation: create }
}

#[test]
fn every_version_describes_brokers_and_partitions() {
    let (broker, mut client, topic) = broker_and_topic(3);
    for version in versions("Metadata") {
        let response = client.call("Metadata", version, by_name(&topic, false));
        let [node] = response["brokers"].list() else {
            panic!("one broker: {response:?}")
        };
        assert_eq!(
            node["host"],
            broker.addr().ip().to_string().as_str(),
            "v{version}: the dialled address"
        );
        assert_eq!(node["port"], i32::from(broker.addr().port()), "v{version}");
        let row = &response["topics"][0];
        assert_eq!(row["name"], topic.as_str());
        assert_eq!(row["error_code"], NONE, "v{version}");
        let mut indexes: Vec<i64> = row["partitions"]
            .list()
            .iter()
            .map(|p| p["partition_index"].int())
            .collect();
        indexes.sort_unstable();
        assert_eq!(indexes, [0, 1, 2]);
        for partition in row["partitions"].list() {
            assert_eq!(partition["leader_id"], node["node_id"], "v{version}");
            assert_eq!(partition["replica_nodes"], list![node["node_id"].clone()]);
            assert_eq!(partition["isr_nodes"], list![node["node_id"].clone()]);
            if version >= 5 {
                assert_eq!(partition["offline_replicas"], list![]);
            }
            if version >= 7 {
                assert!(partition["leader_epoch"].int() >= 0);
            }
        }
        if version >= 1 {
            assert_eq!(response["controller_id"], node["node_id"]);
            assert_eq!(row["is_internal"], false);
        }
        if version >= 2 {
            assert!(!response["cluster_id"].str().is_empty());
        }
        if version >= 10 {
            assert_ne!(row["topic_id"].uuid(), [0; 16]);
        }
        if version >= 13 {
            assert_eq!(response["error_code"], NONE);
        }
    }
}

#[test]
fn no_list_means_all_topics_and_an_empty_one_none() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    // In version 0 an empty list still means all.
    let names = |response: &Value| -> Vec<String> {
        response["topics"]
            .list()
            .iter()
            .map(|t| t["name"].str().to_owned())
            .collect()
    };
    assert!(names(&client.call("Metadata", 0, obj! { topics: list![] })).contains(&topic));
    for version in versions("Metadata").filter(|v| *v >= 1) {
        let all = client.call("Metadata", version, obj! { topics: Value::Null });
        assert!(names(&all).contains(&topic), "v{version}");
        let none = client.call("Metadata", version, obj! { topics: list![] });
        assert_eq!(none["topics"].list().len(), 0, "v{version}");
        assert_eq!(none["brokers"].list().len(), 1, "v{version}");
    }
}

#[test]
fn unknown_topics_are_created_only_when_the_client_allows() {
    let broker = Broker::start();
    let mut client = broker.client();
    let name = unique("auto");
    for version in 4..=13 {
        let response = client.call("Metadata", version, by_name(&name, false));
        assert_eq!(
            response["topics"][0]["error_code"], UNKNOWN_TOPIC_OR_PARTITION,
            "v{version}"
        );
    }
    client.call("Metadata", 12, by_name(&name, true));
    wait_for_leaders(&mut client, &name, 1);
    // Before version 4 a client could not say no.
    for version in 0..=3 {
        let name = unique("auto");
        client.call("Metadata", version, by_name(&name, true));
        wait_for_leaders(&mut client, &name, 1);
    }
}

#[test]
fn a_created_topic_serves_when_the_answer_leaves() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let response = client.call("Metadata", 12, by_name("at-once", true));
    assert_eq!(
        response["topics"][0]["error_code"], NONE,
        "no LEADER_NOT_AVAILABLE window"
    );
    assert_eq!(response["topics"][0]["partitions"].list().len(), 1);
    let answer = compat_tests::ops::try_produce(
        &mut client,
        "at-once",
        0,
        compat_tests::batch::Batch::of(&["first"]).bytes(),
    );
    assert_eq!(answer["error_code"], NONE);
}

#[test]
fn auto_creation_can_be_switched_off_and_takes_num_partitions() {
    let Some(off) = Options::new().set("auto.create.topics.enable", false).start() else {
        return;
    };
    let response = off.client().call("Metadata", 12, by_name("absent", true));
    assert_eq!(response["topics"][0]["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    let Some(five) = Options::new().set("num.partitions", 5).start() else {
        return;
    };
    let mut client = five.client();
    client.call("Metadata", 12, by_name("many", true));
    wait_for_leaders(&mut client, "many", 5);
}

#[test]
fn names_that_kafka_refuses_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    for name in ["", ".", "..", "a b", "ä", "a/b", &"x".repeat(250)] {
        for create in [true, false] {
            let response = client.call("Metadata", 12, by_name(name, create));
            assert_eq!(
                response["topics"][0]["error_code"], INVALID_TOPIC_EXCEPTION,
                "{name:?} {create}"
            );
        }
    }
}

#[test]
fn topics_are_found_by_id_from_version_12_on() {
    let (_broker, mut client, topic) = broker_and_topic(2);
    let id = topic_id(&mut client, &topic);
    for version in [12, 13] {
        let request = obj! { topics: list![obj! { topic_id: id, name: Value::Null }] };
        let response = client.call("Metadata", version, request);
        assert_eq!(response["topics"][0]["name"], topic.as_str(), "v{version}");
        assert_eq!(response["topics"][0]["partitions"].list().len(), 2);
        let unknown = obj! { topics: list![obj! { topic_id: [7u8; 16], name: Value::Null }] };
        let response = client.call("Metadata", version, unknown);
        assert_eq!(
            response["topics"][0]["error_code"], UNKNOWN_TOPIC_ID,
            "v{version}"
        );
        assert!(response["topics"][0]["name"].is_null());
    }
}

#[test]
fn versions_10_and_11_cannot_ask_by_id() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    for version in [10, 11] {
        let request = obj! { topics: list![obj! { topic_id: id, name: Value::Null }] };
        let response = client.call("Metadata", version, request);
        assert_eq!(response["topics"][0]["error_code"], INVALID_REQUEST, "v{version}");
        assert_eq!(response["topics"][0]["partitions"].list().len(), 0, "v{version}");
    }
}

#[test]
fn authorised_operations_come_only_when_asked_for() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    for version in 8..=13 {
        let silent = client.call("Metadata", version, by_name(&topic, false));
        assert_eq!(
            silent["topics"][0]["topic_authorized_operations"],
            i32::MIN,
            "v{version}"
        );
        let asked = obj! {
            topics: list![obj! { name: &topic }],
            include_topic_authorized_operations: true,
            include_cluster_authorized_operations: true,
        };
        let asked = client.call("Metadata", version, asked);
        // READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS
        assert_eq!(
            asked["topics"][0]["topic_authorized_operations"], 0b1101_1111_1000,
            "v{version}"
        );
        if version <= 10 {
            assert_ne!(asked["cluster_authorized_operations"], i32::MIN, "v{version}");
        }
    }
}

#[test]
fn a_topic_of_more_replicas_than_brokers_is_not_made_by_asking() {
    let strict = Options::new()
        .memory()
        .arg("--profile")
        .arg("kafka")
        .set("default.replication.factor", 3);
    let Some(broker) = strict.start() else { return };
    let mut client = broker.client();
    for version in versions("Metadata") {
        let answer = client.call("Metadata", version, by_name("three", true));
        let row = &answer["topics"][0];
        assert_eq!(row["error_code"], INVALID_REPLICATION_FACTOR, "v{version}");
        assert_eq!(row["partitions"].list().len(), 0, "v{version}");
    }
}
