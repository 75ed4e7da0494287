use compat_tests::errors::{NONE, UNKNOWN_LEADER_EPOCH, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::ops::{broker_and_topic, metadata, produce_values};
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
