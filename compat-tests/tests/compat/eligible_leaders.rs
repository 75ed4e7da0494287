//! `eligible.leader.replicas.version`: while it is on, `min.insync.replicas` is the cluster's, and stays.

use compat_tests::errors::{INVALID_CONFIG, NONE};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

const ELIGIBLE: &str = "eligible.leader.replicas.version";
const MIN_INSYNC: &str = "min.insync.replicas";
const BROKER: i8 = 4;
const SET: i8 = 0;
const DELETE: i8 = 1;
const DYNAMIC_DEFAULT: i64 = 3;

fn update(client: &mut Client, level: i16, kind: i8) {
    let update = obj! { feature: ELIGIBLE, max_version_level: level, upgrade_type: kind };
    let answer = client.call("UpdateFeatures", 2, obj! { feature_updates: list![update] });
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
}

/// Code and text of a change of `min.insync.replicas` of one broker, or of all by the empty name.
fn alter(client: &mut Client, version: i16, of: &str, op: i8, value: Value) -> (i64, String) {
    let configs = list![obj! { name: MIN_INSYNC, config_operation: op, value: value }];
    let resource = obj! { resource_type: BROKER, resource_name: of, configs: configs };
    let answer = client.call(
        "IncrementalAlterConfigs",
        version,
        obj! { resources: list![resource] },
    );
    outcome(&answer)
}

fn outcome(answer: &Value) -> (i64, String) {
    let one = &answer["responses"][0];
    let text = &one["error_message"];
    let text = if text.is_null() { "" } else { text.str() };
    (one["error_code"].int(), text.to_owned())
}

/// Value and source.
fn shown(client: &mut Client, of: &str) -> Option<(String, i64)> {
    let keys = list![MIN_INSYNC];
    let resource = obj! { resource_type: BROKER, resource_name: of, configuration_keys: keys };
    let answer = client.call("DescribeConfigs", 4, obj! { resources: list![resource] });
    let config = answer["results"][0]["configs"].list().first()?;
    Some((config["value"].str().to_owned(), config["config_source"].int()))
}

fn node(client: &mut Client) -> String {
    client.call("DescribeCluster", 0, obj! {})["controller_id"]
        .int()
        .to_string()
}

#[test]
fn a_new_cluster_has_them_and_says_what_it_was_started_with() {
    let Some(broker) = Options::new().set(MIN_INSYNC, 2).start() else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    let cluster = Some(("2".to_owned(), DYNAMIC_DEFAULT));
    assert_eq!(shown(&mut client, ""), cluster);
    assert_eq!(shown(&mut client, &node), cluster);
}

#[test]
fn min_insync_replicas_of_a_broker_is_not_altered_and_that_of_all_not_removed() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = node(&mut client);
    let code = i64::from(INVALID_CONFIG);
    let of_broker = "Broker-level min.insync.replicas cannot be altered while ELR is enabled.";
    let of_cluster = "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.";
    for version in versions("IncrementalAlterConfigs") {
        for (of, op, value, text) in [
            (node.as_str(), SET, "2".into(), of_broker),
            (&node, DELETE, Value::Null, of_broker),
            ("", DELETE, Value::Null, of_cluster),
        ] {
            let refused = alter(&mut client, version, of, op, value);
            assert_eq!(refused, (code, text.to_owned()), "v{version}");
        }
    }
    for version in versions("AlterConfigs") {
        let one = list![obj! { name: MIN_INSYNC, value: "2" }];
        for (of, configs, text) in [(node.as_str(), one, of_broker), ("", list![], of_cluster)] {
            let resource = obj! { resource_type: BROKER, resource_name: of, configs: configs };
            let request = obj! { resources: list![resource], validate_only: true };
            let refused = client.call("AlterConfigs", version, request);
            assert_eq!(outcome(&refused), (code, text.to_owned()), "v{version}");
        }
    }
}

#[test]
fn a_raise_leaves_one_value_and_it_outlives_a_kill() {
    let Some(mut broker) = Options::new()
        .set("ottla.features", format!("{ELIGIBLE}=0"))
        .set(MIN_INSYNC, 2)
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    assert_eq!(shown(&mut client, ""), None);
    let set = alter(&mut client, 1, &node, SET, "3".into());
    assert_eq!(set.0, i64::from(NONE), "{set:?}");
    update(&mut client, 1, 1);
    broker.crash();
    let mut client = broker.client();
    let cluster = Some(("2".to_owned(), DYNAMIC_DEFAULT));
    assert_eq!(shown(&mut client, &node), cluster);
    assert_eq!(shown(&mut client, ""), cluster);
    update(&mut client, 0, 2);
    assert_eq!(shown(&mut client, ""), cluster, "lowering removes nothing");
    for (of, op, value) in [("", DELETE, Value::Null), (&node, SET, "3".into())] {
        let altered = alter(&mut client, 1, of, op, value);
        assert_eq!(altered.0, i64::from(NONE), "{altered:?}");
    }
}
