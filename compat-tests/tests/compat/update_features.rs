use compat_tests::batch::read_batches;
use compat_tests::errors::*;
use compat_tests::groups::await_coordinator;
use compat_tests::ops::{fetch_request, metadata, new_topic};
use compat_tests::server::{Broker, Options};
use compat_tests::transactions::{Producer, committed_values};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

const SAFE_DOWNGRADE: i8 = 2;
const UNSAFE_DOWNGRADE: i8 = 3;

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
    // Kafka's controller does not read the field of v0 that would let it lower.
    let refused = update(&mut client, 0, "transaction.version", 1, true);
    assert_eq!(refused["error_code"], INVALID_UPDATE_VERSION);
    let same = update(&mut client, 0, "transaction.version", 2, false);
    assert_eq!(same["error_code"], NONE);
    for version in versions("UpdateFeatures").skip(1) {
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

/// Code and text of one update.
fn outcome(client: &mut Client, feature: &str, level: i16, upgrade_type: i8) -> (i64, Option<String>) {
    let update = obj! { feature: feature, max_version_level: level, upgrade_type: upgrade_type };
    let request = obj! { feature_updates: list![update], validate_only: true };
    let answer = client.call("UpdateFeatures", 2, request);
    let text = &answer["error_message"];
    let text = (!text.is_null()).then(|| text.str().to_owned());
    (answer["error_code"].int(), text)
}

#[test]
fn refusals_are_kafkas() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = client.call("DescribeCluster", 0, obj! {})["controller_id"].int();
    let before = "The update failed for all features since the following feature had an error:";
    let invalid = |feature: &str, level: i16, reason: String| {
        let text = format!("{before} Invalid update version {level} for feature {feature}. {reason}");
        (i64::from(INVALID_UPDATE_VERSION), Some(text))
    };
    let only = |range: &str| format!("Local controller {node} only supports versions {range}");
    let no_type = "The controller does not support the given upgrade type.";
    let negative = "A feature version cannot be less than 0.";
    let cases = [
        ("metadata.version", 6, 3, only("7-30")),
        ("metadata.version", 0, 2, only("7-30")),
        ("metadata.version", 31, 1, only("7-30")),
        ("transaction.version", 3, 1, only("0-2")),
        ("kraft.version", 2, 1, only("0-1")),
        ("metadata.version", 30, 0, no_type.into()),
        ("metadata.version", 30, 9, no_type.into()),
        ("metadata.version", -1, 2, negative.into()),
        (
            "nonsense",
            1,
            1,
            format!("Local controller {node} does not support this feature."),
        ),
        ("nonsense", 0, 2, "Feature nonsense not found.".into()),
    ];
    for (feature, level, kind, reason) in cases {
        let wanted = invalid(feature, level, reason);
        assert_eq!(outcome(&mut client, feature, level, kind), wanted);
    }
    let lost = [
        (
            SAFE_DOWNGRADE,
            "Refusing to perform the requested downgrade because it might delete metadata information.",
        ),
        (
            UNSAFE_DOWNGRADE,
            "Unsafe metadata downgrade is not supported in this version.",
        ),
    ];
    for (kind, reason) in lost {
        for level in [29, 7] {
            let text =
                format!("{before} Unsupported metadata.version downgrade from 30 to {level}. {reason}");
            let wanted = (INVALID_UPDATE_VERSION.into(), Some(text));
            assert_eq!(outcome(&mut client, "metadata.version", level, kind), wanted);
        }
    }
    for (feature, level, kind) in [
        ("metadata.version", 30, 1),
        ("metadata.version", 30, SAFE_DOWNGRADE),
        ("eligible.leader.replicas.version", 1, 1),
        ("kraft.version", 0, SAFE_DOWNGRADE),
    ] {
        assert_eq!(
            outcome(&mut client, feature, level, kind),
            (NONE.into(), None),
            "{feature}"
        );
    }
}

#[test]
fn results_are_told_when_all_went_well() {
    let broker = Broker::start();
    let mut client = broker.client();
    for version in versions("UpdateFeatures") {
        let same = update(&mut client, version, "metadata.version", 30, false);
        let none = client.call("UpdateFeatures", version, obj! { feature_updates: list![] });
        let refused = update(&mut client, version, "nonsense", 1, false);
        assert_eq!(
            (same["error_code"].int(), none["error_code"].int()),
            (0, 0),
            "v{version}"
        );
        assert_eq!(refused["error_code"], INVALID_UPDATE_VERSION);
        if version < 2 {
            assert_eq!(same["results"][0]["feature"], "metadata.version");
            assert_eq!(same["results"][0]["error_message"], "NONE");
            assert_eq!(
                (none["results"].list().len(), refused["results"].list().len()),
                (0, 0)
            );
        }
    }
}

#[test]
fn metadata_version_rises_and_falls_and_the_log_is_read_again() {
    let Some(mut broker) = Options::new()
        .set("ottla.features", "metadata.version=17")
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let mut topics = vec![new_topic(&mut client, 2)];
    let fallen = "eligible.leader.replicas.version could not be set to 1 because it depends on metadata.version level 23";
    let refused = outcome(&mut client, "eligible.leader.replicas.version", 1, 1);
    assert!(refused.1.is_some_and(|text| text.ends_with(fallen)));
    for (to, lower) in [
        (21, false),
        (18, true),
        (23, false),
        (29, false),
        (23, true),
        (30, false),
    ] {
        let answer = update(&mut client, 2, "metadata.version", to, lower);
        assert_eq!(answer["error_code"], NONE, "to {to}: {answer:?}");
        topics.push(new_topic(&mut client, 2));
        broker.crash();
        client = broker.client();
        assert_eq!(level(&mut client, "metadata.version"), i64::from(to));
        for topic in &topics {
            assert_eq!(
                metadata(&mut client, topic)["partitions"].list().len(),
                2,
                "{topic} at {to}"
            );
        }
    }
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
