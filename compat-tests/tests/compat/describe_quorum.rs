use compat_tests::errors::{NONE, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::ops::new_topic;
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

fn describe(client: &mut Client, version: i16, topic: &str, partition: i32) -> Value {
    let topic = obj! { topic_name: topic, partitions: list![obj! { partition_index: partition }] };
    let answer = client.call("DescribeQuorum", version, obj! { topics: list![topic] });
    assert_eq!(answer["error_code"], NONE);
    answer
}

#[test]
fn the_metadata_log_has_one_voter_that_is_as_far_as_the_log() {
    let broker = Broker::start();
    let mut client = broker.client();
    let controller = client.call("DescribeCluster", 0, obj! {})["controller_id"].clone();
    for version in versions("DescribeQuorum") {
        let before = describe(&mut client, version, "__cluster_metadata", 0);
        new_topic(&mut client, 1);
        let answer = describe(&mut client, version, "__cluster_metadata", 0);
        let [before, quorum] = [&before, &answer].map(|answer| &answer["topics"][0]["partitions"][0]);
        assert_eq!(quorum["error_code"], NONE, "v{version}");
        assert_eq!(quorum["leader_id"], controller);
        assert!(quorum["leader_epoch"].int() >= 0);
        let moved = quorum["high_watermark"].int() - before["high_watermark"].int();
        assert!(moved > 0, "v{version}: a new topic is in the log");
        let voters = quorum["current_voters"].list();
        assert_eq!(voters.len(), 1);
        assert_eq!(voters[0]["replica_id"], controller);
        assert!(voters[0]["log_end_offset"].int() >= quorum["high_watermark"].int());
        assert_eq!(quorum["observers"].list().len(), 0);
        if version >= 1 {
            assert!(voters[0]["last_caught_up_timestamp"].int() > 0);
        }
        if version >= 2 {
            let nodes = answer["nodes"].list();
            assert_eq!(nodes[0]["node_id"], controller);
            assert_eq!(nodes[0]["listeners"][0]["name"], "CONTROLLER");
        }
    }
}

#[test]
fn no_other_partition_has_a_quorum() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("DescribeQuorum") {
        for (topic, partition) in [("__cluster_metadata", 1), ("t", 0)] {
            let answer = describe(&mut client, version, topic, partition);
            let quorum = &answer["topics"][0]["partitions"][0];
            assert_eq!(quorum["error_code"], UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
            assert_eq!(quorum["current_voters"].list().len(), 0);
            if version >= 2 {
                assert_eq!(answer["nodes"].list().len(), 0);
            }
        }
        let zero = obj! { partition_index: 0 };
        let twice = obj! { topic_name: "__cluster_metadata", partitions: list![zero.clone(), zero] };
        let answer = client.call("DescribeQuorum", version, obj! { topics: list![twice] });
        for quorum in answer["topics"][0]["partitions"].list() {
            assert_eq!(quorum["error_code"], UNKNOWN_TOPIC_OR_PARTITION, "v{version}");
        }
        let nothing = client.call("DescribeQuorum", version, obj! { topics: list![] });
        assert_eq!(nothing["error_code"], NONE);
    }
}
