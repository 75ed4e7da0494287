use compat_tests::batch::Batch;
use compat_tests::errors::{
    INVALID_REQUEST, NONE, TOPIC_DELETION_DISABLED, UNKNOWN_TOPIC_ID, UNKNOWN_TOPIC_OR_PARTITION,
};
use compat_tests::ops::{
    LATEST, broker_and_topic, create_topic, deletion, list_offset, metadata, new_topic, produce_values,
    topic_id, try_fetch, try_produce,
};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually, list, obj, unique};

fn delete(client: &mut Client, version: i16, request: Value) -> Value {
    client.call("DeleteTopics", version, request)["responses"][0].clone()
}

fn wait_gone(client: &mut Client, name: &str) {
    eventually("the topic is gone", || {
        metadata(client, name)["error_code"] == UNKNOWN_TOPIC_OR_PARTITION
    });
}

#[test]
fn every_version_deletes() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("DeleteTopics") {
        let name = new_topic(&mut client, 2);
        produce_values(&mut client, &name, 0, &["a"]);
        let deleted = delete(&mut client, version, deletion(version, &name));
        assert_eq!(
            (deleted["error_code"].int(), deleted["name"].str()),
            (0, name.as_str()),
            "v{version}"
        );
        wait_gone(&mut client, &name);
        let again = delete(&mut client, version, deletion(version, &name));
        assert_eq!(again["error_code"], UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
        let write = try_produce(&mut client, &name, 0, Batch::of(&["x"]).bytes());
        assert_eq!(write["error_code"], UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
        let read = try_fetch(&mut client, &name, 0, 0);
        assert_eq!(read["error_code"], UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
    }
}

#[test]
fn version_6_deletes_by_id() {
    let broker = Broker::start();
    let mut client = broker.client();
    let name = new_topic(&mut client, 1);
    let id = topic_id(&mut client, &name);
    let request = || obj! { topics: list![obj! { name: Value::Null, topic_id: id }], timeout_ms: 30_000 };
    let deleted = delete(&mut client, 6, request());
    assert_eq!(deleted["error_code"], NONE, "{deleted:?}");
    assert_eq!(deleted["topic_id"].uuid(), id);
    assert_eq!(deleted["name"], name.as_str());
    wait_gone(&mut client, &name);
    let again = delete(&mut client, 6, request());
    assert_eq!(again["error_code"], UNKNOWN_TOPIC_ID);
}

#[test]
fn what_is_named_twice_is_answered_once() {
    let broker = Broker::start();
    let mut client = broker.client();
    let name = new_topic(&mut client, 1);
    let id = topic_id(&mut client, &name);
    let both = list![obj! { name: &name }, obj! { name: Value::Null, topic_id: id }];
    let answer = client.call("DeleteTopics", 6, obj! { topics: both, timeout_ms: 30_000 });
    let [refused] = answer["responses"].list() else {
        panic!("one answer for one topic: {answer:?}");
    };
    assert_eq!(refused["error_code"], INVALID_REQUEST);
    assert_eq!(
        (refused["name"].str(), refused["topic_id"].uuid()),
        (name.as_str(), id)
    );
    let nothing = || obj! { name: Value::Null };
    let request = obj! { topics: list![nothing(), nothing()], timeout_ms: 30_000 };
    let answer = client.call("DeleteTopics", 6, request);
    assert_eq!(
        answer["responses"].list().len(),
        2,
        "nothing is no name: {answer:?}"
    );
    assert_eq!(metadata(&mut client, &name)["error_code"], NONE);
}

#[test]
fn version_6_refuses_what_is_not_clear() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = topic_id(&mut client, &topic);
    let rows = |topics: Value, client: &mut Client| {
        let answer = client.call("DeleteTopics", 6, obj! { topics: topics, timeout_ms: 5000 });
        let mut rows: Vec<(i64, String)> = answer["responses"]
            .list()
            .iter()
            .map(|row| (row["error_code"].int(), row["error_message"].str().to_owned()))
            .collect();
        rows.sort();
        rows
    };
    let nil = Value::Uuid([0; 16]);
    let named = |name: &str| obj! { name: name, topic_id: nil.clone() };
    let of = |id: Value| obj! { name: Value::Null, topic_id: id };
    let refused = |text: &str| vec![(i64::from(INVALID_REQUEST), text.to_owned())];
    let twice = "The provided topic name maps to an ID that was already supplied.";
    let both = list![named(&topic), of(Value::Uuid(id))];
    assert_eq!(
        rows(both.clone(), &mut client),
        refused(twice),
        "under the name alone"
    );
    let answer = client.call("DeleteTopics", 6, obj! { topics: both, timeout_ms: 5000 });
    assert_eq!(
        answer["responses"][0]["topic_id"],
        Value::Uuid(id),
        "the id is known"
    );
    let same = list![named(&topic), named(&topic)];
    assert_eq!(rows(same, &mut client), refused("Duplicate topic name."));
    let same = list![of(Value::Uuid(id)), of(Value::Uuid(id))];
    assert_eq!(rows(same, &mut client), refused("Duplicate topic id."));
    let full = obj! { name: topic.as_str(), topic_id: Value::Uuid(id) };
    let text = "You may not specify both topic name and topic id.";
    assert_eq!(rows(list![full], &mut client), refused(text));
    let text = "Neither topic name nor id were specified.";
    assert_eq!(rows(list![of(nil.clone())], &mut client), refused(text));
    assert_eq!(rows(list![], &mut client), vec![]);
    assert_eq!(topic_id(&mut client, &topic), id, "it is still there");
}

#[test]
fn a_deleted_name_starts_anew() {
    let broker = Broker::start();
    let mut client = broker.client();
    let name = unique("again");
    create_topic(&mut client, &name, 1, &[]);
    let first = topic_id(&mut client, &name);
    produce_values(&mut client, &name, 0, &["old", "older"]);
    delete(&mut client, 6, deletion(6, &name));
    wait_gone(&mut client, &name);
    create_topic(&mut client, &name, 3, &[]);
    assert_ne!(topic_id(&mut client, &name), first);
    assert_eq!(
        list_offset(&mut client, &name, 0, LATEST),
        0,
        "nothing of the old topic is left"
    );
}

#[test]
fn a_waiting_fetch_learns_of_the_deletion() {
    let broker = Broker::start();
    let mut client = broker.client();
    let name = new_topic(&mut client, 1);
    let mut reader = broker.client();
    let partition = obj! { partition: 0, fetch_offset: 0, partition_max_bytes: 1000 };
    let request = obj! {
        max_wait_ms: 24_000, min_bytes: 1, max_bytes: 1000,
        topics: list![obj! { topic: &name, partitions: list![partition] }],
    };
    let start = std::time::Instant::now();
    reader.send("Fetch", 12, request);
    delete(&mut client, 6, deletion(6, &name));
    let (_, response) = reader.recv("Fetch", 12);
    assert!(start.elapsed().as_secs() < 20);
    let code = response["responses"][0]["partitions"][0]["error_code"].int();
    assert!(
        [i64::from(UNKNOWN_TOPIC_OR_PARTITION), 6].contains(&code),
        "{response:?}"
    );
}

#[test]
fn deletion_can_be_forbidden() {
    let Some(broker) = Options::new().set("delete.topic.enable", false).start() else {
        return;
    };
    let mut client = broker.client();
    let name = new_topic(&mut client, 1);
    for version in versions("DeleteTopics") {
        // A code of its own since version 3.
        let wanted = if version < 3 {
            INVALID_REQUEST
        } else {
            TOPIC_DELETION_DISABLED
        };
        // Whether there is time for it does not matter.
        for timeout_ms in [30_000, 0] {
            let mut asked = deletion(version, &name);
            asked.set("timeout_ms", timeout_ms);
            let refused = delete(&mut client, version, asked);
            assert_eq!(refused["error_code"], wanted, "v{version}");
        }
    }
    assert_eq!(metadata(&mut client, &name)["error_code"], NONE);
}

#[test]
fn deleted_data_leaves_the_disk() {
    let Some(mut broker) = Options::new().set("log.segment.delete.delay.ms", 0).start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "doomed", 1, &[]);
    produce_values(&mut client, "doomed", 0, &["a"]);
    assert!(broker.data().join("doomed-0").exists());
    delete(&mut client, 6, deletion(6, "doomed"));
    let here = |broker: &Broker| {
        let entries = std::fs::read_dir(broker.data()).unwrap();
        entries
            .flatten()
            .any(|e| e.file_name().to_string_lossy().starts_with("doomed-0"))
    };
    eventually("the folder is gone", || !here(&broker));
    broker.crash();
    assert!(!here(&broker));
    assert_eq!(
        metadata(&mut broker.client(), "doomed")["error_code"],
        UNKNOWN_TOPIC_OR_PARTITION
    );
}
