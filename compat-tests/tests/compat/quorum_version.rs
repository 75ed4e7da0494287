//! `kraft.version`: raised while running, never lowered, and there from the start where the quorum is a dynamic one.

use std::path::Path;

use compat_tests::errors::{INVALID_UPDATE_VERSION, NONE};
use compat_tests::kafka::free_ports;
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

const KRAFT_VERSION: &str = "kraft.version";

fn update(client: &mut Client, level: i16, kind: i8) -> Value {
    let update = obj! { feature: KRAFT_VERSION, max_version_level: level, upgrade_type: kind };
    client.call("UpdateFeatures", 2, obj! { feature_updates: list![update] })
}

fn level(client: &mut Client) -> Option<i64> {
    let body = obj! { client_software_name: "t", client_software_version: "1" };
    let answer = client.call("ApiVersions", 4, body);
    let mut finalised = answer["finalized_features"].list().iter();
    let row = finalised.find(|row| row["name"] == KRAFT_VERSION);
    row.map(|row| row["max_version_level"].int())
}

/// Id of the folder of the one voter, as DescribeQuorum tells it in each version.
fn voter_directory(client: &mut Client) -> [u8; 16] {
    let topic = obj! { topic_name: "__cluster_metadata", partitions: list![obj! { partition_index: 0 }] };
    let mut told = [0; 16];
    for version in versions("DescribeQuorum") {
        let answer = client.call("DescribeQuorum", version, obj! { topics: list![topic.clone()] });
        let voter = &answer["topics"][0]["partitions"][0]["current_voters"][0];
        if version >= 2 {
            told = voter["replica_directory_id"].uuid();
        }
    }
    told
}

#[test]
fn it_rises_and_stays() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    assert_eq!(
        (level(&mut client), voter_directory(&mut client)),
        (None, [0; 16])
    );
    let dry = obj! { feature: KRAFT_VERSION, max_version_level: 1, upgrade_type: 1 };
    let dry = obj! { feature_updates: list![dry], validate_only: true };
    assert_eq!(client.call("UpdateFeatures", 2, dry)["error_code"], NONE);
    assert_eq!(level(&mut client), None, "nothing but checked");
    assert_eq!(update(&mut client, 1, 1)["error_code"], NONE);
    assert_eq!(update(&mut client, 1, 1)["error_code"], NONE, "again");
    assert_eq!(level(&mut client), Some(1));
    let directory = voter_directory(&mut client);
    assert_ne!(directory, [0; 16]);
    for kind in [2, 3] {
        let refused = update(&mut client, 0, kind);
        assert_eq!(refused["error_code"], INVALID_UPDATE_VERSION);
        let wanted = "The update failed for all features since the following feature had an error: Invalid update \
                      version 0 for feature kraft.version. Can't downgrade the version of this feature.";
        assert_eq!(refused["error_message"], wanted);
    }
    broker.crash();
    let mut client = broker.client();
    assert_eq!(level(&mut client), Some(1));
    assert_eq!(voter_directory(&mut client), directory);
}

#[test]
fn a_cluster_rises_to_a_release_as_a_whole() {
    let Some(broker) = Options::new()
        .set("ottla.features", "metadata.version=19")
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    // What kafka-features asks for with --release-version 3.9-IV0.
    let up = |name: &str, level: i16| obj! { feature: name, max_version_level: level, upgrade_type: 1 };
    let updates = list![up(KRAFT_VERSION, 1), up("metadata.version", 21)];
    let answer = client.call("UpdateFeatures", 2, obj! { feature_updates: updates });
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    assert_eq!(level(&mut client), Some(1));
}

#[test]
fn a_dynamic_quorum_begins_with_it() {
    let Some(broker) = Options::new()
        .set("controller.quorum.bootstrap.servers", "localhost:9093")
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    assert_eq!(level(&mut client), Some(1));
    assert_ne!(voter_directory(&mut client), [0; 16]);
}

/// The VotersRecord of version 0 that names node 1 with one listener.
fn voters_record(directory: [u8; 16], host: &str, port: u16) -> Vec<u8> {
    let text = |text: &str| [&[text.len() as u8 + 1][..], text.as_bytes()].concat();
    let (listener, host) = (text("CONTROLLER"), text(host));
    // Version, one voter, its id and directory; one endpoint; levels of kraft.version from 0 to 1.
    [
        &[0, 0, 2, 0, 0, 0, 1][..],
        &directory,
        &[2],
        &listener,
        &host,
        &port.to_be_bytes(),
        &[0, 0, 0, 0, 1, 0, 0, 0],
    ]
    .concat()
}

fn metadata_log(data: &Path) -> Vec<u8> {
    let log = "__cluster_metadata-0/00000000000000000000.log";
    std::fs::read(data.join(log)).expect("the metadata log")
}

#[test]
fn the_voter_is_where_the_configuration_says_whoever_asks() {
    let (port, other) = free_ports().expect("free ports");
    let voters = ("controller.quorum.voters", format!("1@localhost:{port}"));
    let servers = (
        "controller.quorum.bootstrap.servers",
        format!("localhost:{other}"),
    );
    for ((key, value), controller) in [(voters, port), (servers, other)] {
        let listeners = format!("PLAINTEXT://127.0.0.1:0,CONTROLLER://0.0.0.0:{controller}");
        let started = Options::new()
            .set("node.id", 1)
            .set("listeners", listeners)
            .set("controller.listener.names", "CONTROLLER")
            .set(key, value)
            .start();
        let Some(broker) = started else {
            return;
        };
        let mut client = broker.client();
        assert_eq!(update(&mut client, 1, 1)["error_code"], NONE);
        let record = voters_record(voter_directory(&mut client), "localhost", controller);
        let log = metadata_log(&broker.data());
        let found = log.windows(record.len()).filter(|bytes| **bytes == record);
        assert_eq!(found.count(), 1, "{key}");
    }
}

#[test]
fn levels_of_what_is_not_built_are_not_offered() {
    let broker = Broker::start();
    let mut client = broker.client();
    let body = obj! { client_software_name: "t", client_software_version: "1" };
    let answer = client.call("ApiVersions", 4, body);
    // Share groups are keys 76 to 79, Streams groups 88 and 89.
    for (name, key) in [("share.version", 76), ("streams.version", 88)] {
        let served = answer["api_keys"].list().iter().any(|row| row["api_key"] == key);
        let offered = answer["supported_features"].find("name", name)["max_version"].int();
        assert_eq!(offered, i64::from(served), "{name}");
    }
}
