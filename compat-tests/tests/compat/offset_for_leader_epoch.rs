use compat_tests::errors::{FENCED_LEADER_EPOCH, NONE, UNKNOWN_LEADER_EPOCH, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::ops::{broker_and_topic, create_topic, fetch_request, metadata, produce_values};
use compat_tests::server::Options;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

fn ask(client: &mut Client, version: i16, topic: &str, current: i64, epoch: i64) -> Value {
    let partition = obj! { partition: 0, current_leader_epoch: current, leader_epoch: epoch };
    let request = obj! { replica_id: -2, topics: list![obj! { topic: topic, partitions: list![partition] }] };
    client.call("OffsetForLeaderEpoch", version, request)["topics"][0]["partitions"][0].clone()
}

#[test]
fn every_version_tells_where_an_epoch_ends() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    produce_values(&mut client, &topic, 0, &["a", "b", "c"]);
    let epoch = metadata(&mut client, &topic)["partitions"][0]["leader_epoch"].int();
    for version in versions("OffsetForLeaderEpoch") {
        let now = ask(&mut client, version, &topic, epoch, epoch);
        assert_eq!(now["error_code"], NONE, "v{version}");
        assert_eq!(
            (now["leader_epoch"].int(), now["end_offset"].int()),
            (epoch, 3),
            "v{version}"
        );
        let anyone = ask(&mut client, version, &topic, -1, epoch);
        assert_eq!(anyone["end_offset"], 3, "v{version}");
        let future = ask(&mut client, version, &topic, -1, epoch + 5);
        assert_eq!(
            (future["error_code"].int(), future["leader_epoch"].int()),
            (0, -1),
            "v{version}"
        );
        assert_eq!(future["end_offset"], -1, "v{version}");
        let ahead = ask(&mut client, version, &topic, epoch + 1, epoch);
        assert_eq!(ahead["error_code"], UNKNOWN_LEADER_EPOCH, "v{version}");
        let unknown = ask(&mut client, version, "no-such-topic", -1, 0);
        assert_eq!(unknown["error_code"], UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
    }
}

#[test]
fn undefined_epochs_and_empty_logs() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let epoch = metadata(&mut client, &topic)["partitions"][0]["leader_epoch"].int();
    for filled in [0, 1] {
        for version in versions("OffsetForLeaderEpoch") {
            let answer = ask(&mut client, version, &topic, -1, -1);
            assert_eq!(answer["error_code"], NONE, "v{version}");
            let undefined = (answer["leader_epoch"].int(), answer["end_offset"].int());
            assert_eq!(undefined, (-1, -1), "v{version}");
            let answer = ask(&mut client, version, &topic, -1, epoch);
            let current = (answer["leader_epoch"].int(), answer["end_offset"].int());
            assert_eq!(current, (epoch, filled), "v{version}");
        }
        produce_values(&mut client, &topic, 0, &["a"]);
    }
}

/// A crash raises the epoch of every partition that has records.
#[test]
fn epochs_of_the_past_are_fenced() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    create_topic(&mut client, "t", 1, &[]);
    produce_values(&mut client, "t", 0, &["a"]);
    broker.crash();
    let mut client = broker.client();
    produce_values(&mut client, "t", 0, &["b"]);
    let epoch = metadata(&mut client, "t")["partitions"][0]["leader_epoch"].int();
    assert!(epoch > 0);
    for version in versions("OffsetForLeaderEpoch") {
        let fenced = ask(&mut client, version, "t", epoch - 1, epoch - 1);
        assert_eq!(fenced["error_code"], FENCED_LEADER_EPOCH, "v{version}");
        let past = ask(&mut client, version, "t", epoch, epoch - 1);
        let told = (past["leader_epoch"].int(), past["end_offset"].int());
        assert!(told.0 < epoch && told.1 == 1, "v{version}: {told:?}");
    }
    for version in versions("ListOffsets").filter(|version| *version >= 4) {
        let partition = obj! { partition_index: 0, timestamp: -1i64, current_leader_epoch: epoch - 1 };
        let topics = list![obj! { name: "t", partitions: list![partition] }];
        let answer = client.call("ListOffsets", version, obj! { replica_id: -1, topics: topics });
        let row = &answer["topics"][0]["partitions"][0];
        assert_eq!(row["error_code"], FENCED_LEADER_EPOCH, "v{version}");
    }
    let mut request = fetch_request("t", 0, 0);
    let partition = obj! {
        partition: 0, fetch_offset: 0, partition_max_bytes: 1000, current_leader_epoch: epoch - 1,
    };
    request.set("topics", list![obj! { topic: "t", partitions: list![partition] }]);
    let answer = client.call("Fetch", 12, request);
    let row = &answer["responses"][0]["partitions"][0];
    assert_eq!(row["error_code"], FENCED_LEADER_EPOCH);
}
