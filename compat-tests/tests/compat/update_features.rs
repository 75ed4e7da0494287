use compat_tests::batch::read_batches;
use compat_tests::errors::*;
use compat_tests::groups::await_coordinator;
use compat_tests::ops::{fetch_request, new_topic};
use compat_tests::server::Options;
use compat_tests::transactions::{Producer, committed_values};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

const SAFE_DOWNGRADE: i8 = 2;

fn update(client: &mut Client, version: i16, feature: &str, level: i16, lower: bool) -> Value {
    let mut update = obj! { feature: feature, max_version_level: level };
    match version {
        0 => update.set("allow_downgrade", lower),
        _ => update.set("upgrade_type", if lower { SAFE_DOWNGRADE } else { 1 }),
    }
    client.call("UpdateFeatures", version, obj! { feature_updates: list![update] })
}

fn level(client: &mut Client, feature: &str) -> i64 {
    let answer = client.call(
        "ApiVersions",
        3,
        obj! { client_software_name: "t", client_software_version: "1" },
    );
    let features = answer["finalized_features"].list();
    let row = features.iter().find(|row| row["name"] == feature);
    row.map_or(0, |row| row["max_version_level"].int())
}

#[test]
fn every_version_lowers_and_raises() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    for version in versions("UpdateFeatures") {
        let lowered = update(&mut client, version, "transaction.version", 1, true);
        assert_eq!(lowered["error_code"], NONE, "v{version}: {lowered:?}");
        assert_eq!(level(&mut client, "transaction.version"), 1, "v{version}");
        if version < 2 {
            assert_eq!(lowered["results"][0]["error_code"], NONE, "v{version}");
        }
        let raised = update(&mut client, version, "transaction.version", 2, false);
        assert_eq!(raised["error_code"], NONE, "v{version}: {raised:?}");
        assert_eq!(level(&mut client, "transaction.version"), 2, "v{version}");
    }
}

#[test]
fn wrong_updates_change_nothing() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    for (feature, wanted, lower) in [
        ("transaction.version", 1, false),
        ("transaction.version", 9, false),
        ("nonsense", 1, false),
    ] {
        for version in versions("UpdateFeatures") {
            let refused = update(&mut client, version, feature, wanted, lower);
            assert_eq!(
                refused["error_code"], INVALID_UPDATE_VERSION,
                "v{version}: {feature} {wanted}"
            );
            if version < 2 {
                assert_eq!(refused["results"].list().len(), 0, "all or nothing: {refused:?}");
            }
        }
    }
    assert_eq!(level(&mut client, "transaction.version"), 2);
}

#[test]
fn levels_outlive_a_kill_and_transactions_go_on() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let topic = new_topic(&mut client, 1);
    let mut producer = Producer::init(&mut client, "x");
    producer.write(&mut client, &topic, 0, &["a"]);
    assert_eq!(
        update(&mut client, 2, "transaction.version", 0, true)["error_code"],
        NONE
    );
    assert_eq!(producer.end(&mut client, 3, true), NONE);
    broker.crash();
    let mut client = broker.client();
    assert_eq!(level(&mut client, "transaction.version"), 0);
    producer.write(&mut client, &topic, 0, &["b"]);
    assert_eq!(producer.end(&mut client, 3, true), NONE);
    assert_eq!(committed_values(&mut client, &topic, 0), ["a", "b"]);
}

/// What who describes a group of the newer protocol is answered, and what its member, who joins if it has not yet.
fn newer_protocol(client: &mut Client, group: &str, topic: &str) -> (i16, i16) {
    let described = client.call("ConsumerGroupDescribe", 1, obj! { group_ids: list![group] });
    let described = described["groups"].find("group_id", group);
    let mut beat = obj! {
        group_id: group, member_id: "m", member_epoch: described["group_epoch"].int(),
    };
    if described["error_code"] != NONE {
        beat = obj! {
            group_id: group, member_id: "m", member_epoch: 0, rebalance_timeout_ms: 45_000,
            subscribed_topic_names: list![topic], topic_partitions: list![],
        };
    }
    let beat = client.call("ConsumerGroupHeartbeat", 1, beat);
    (
        described["error_code"].int() as i16,
        beat["error_code"].int() as i16,
    )
}

#[test]
fn the_consumer_protocol_goes_with_group_version() {
    let Some(broker) = Options::new().set("ottla.features", "group.version=0").start() else {
        return;
    };
    let mut client = broker.client();
    let topic = new_topic(&mut client, 1);
    await_coordinator(&mut client, "g");
    assert_eq!(level(&mut client, "group.version"), 0);
    let off = (UNSUPPORTED_VERSION, UNSUPPORTED_VERSION);
    assert_eq!(newer_protocol(&mut client, "g", &topic), off);
    assert_eq!(
        update(&mut client, 2, "group.version", 1, false)["error_code"],
        NONE
    );
    assert_eq!(
        newer_protocol(&mut client, "g", &topic),
        (GROUP_ID_NOT_FOUND, NONE)
    );
    assert_eq!(
        update(&mut client, 2, "group.version", 0, true)["error_code"],
        NONE
    );
    assert_eq!(newer_protocol(&mut client, "g", &topic), off);
    assert_eq!(
        update(&mut client, 2, "group.version", 1, false)["error_code"],
        NONE
    );
    assert_eq!(
        newer_protocol(&mut client, "g", &topic),
        (NONE, NONE),
        "the group was kept"
    );
    let apis = client.call("ApiVersions", 0, obj! {});
    let keys: Vec<i64> = apis["api_keys"]
        .list()
        .iter()
        .map(|row| row["api_key"].int())
        .collect();
    assert!(keys.contains(&68) && keys.contains(&69), "{keys:?}");
}

/// Version of the record that a producer's beginning adds to the transaction log: 1 with tagged fields, else 0.
fn record_version(client: &mut Client) -> i16 {
    Producer::init(client, "x");
    let response = client.call("Fetch", 12, fetch_request("__transaction_state", 0, 0));
    let batches =
        read_batches(response["responses"][0]["partitions"][0]["records"].bytes()).expect("batches");
    let records = batches.last().map(|(_, records)| records).expect("a batch");
    let value = records
        .last()
        .and_then(|record| record.value.clone())
        .expect("a value");
    i16::from_be_bytes([value[0], value[1]])
}

#[test]
fn the_coordinator_follows_transaction_version_at_once() {
    let Some(broker) = Options::new()
        .set("transaction.state.log.num.partitions", 1)
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    assert_eq!(record_version(&mut client), 1);
    assert_eq!(
        update(&mut client, 2, "transaction.version", 0, true)["error_code"],
        NONE
    );
    assert_eq!(record_version(&mut client), 0);
    assert_eq!(
        update(&mut client, 2, "transaction.version", 2, false)["error_code"],
        NONE
    );
    assert_eq!(record_version(&mut client), 1);
}
