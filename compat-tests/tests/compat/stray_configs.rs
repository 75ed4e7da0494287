//! Configs without a row of their own: what is kept of them, and what of that is shown.

use compat_tests::errors::{INVALID_CONFIG, INVALID_REQUEST, NONE};
use compat_tests::ops::new_topic_with;
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value};
use compat_tests::{eventually_some, list, obj};

const TOPIC: i32 = 2;
const BROKER: i32 = 4;
const GROUP: i32 = 32;
/// Sources of DescribeConfigs.
const OF_TOPIC: i8 = 1;
const OF_BROKER: i8 = 2;
const OF_CLUSTER: i8 = 3;
/// Types of DescribeConfigs.
const UNKNOWN: i8 = 0;
const TEXT: i8 = 2;

fn set(client: &mut Client, kind: i32, name: &str, configs: &[(&str, &str)]) -> Value {
    let each = configs
        .iter()
        .map(|(name, value)| obj! { name: *name, config_operation: 0, value: *value });
    let resource = obj! { resource_type: kind, resource_name: name, configs: each.collect::<Vec<_>>() };
    let answer = client.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
    answer["responses"][0].clone()
}

/// One config of a resource, once it is shown (Kafka's brokers follow its controller).
fn told(client: &mut Client, kind: i32, resource: &str, name: &str) -> Value {
    let resource = obj! { resource_type: kind, resource_name: resource, configuration_keys: list![name] };
    let ask = obj! { resources: list![resource], include_synonyms: true };
    eventually_some(name, || {
        let answer = client.call("DescribeConfigs", 4, ask.clone());
        answer["results"][0]["configs"].list().first().cloned()
    })
}

#[test]
fn an_unknown_name_is_shown_without_its_value() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let node = client.call("DescribeCluster", 0, obj! {})["controller_id"]
        .int()
        .to_string();
    for (resource, source) in [("", OF_CLUSTER), (node.as_str(), OF_BROKER)] {
        assert_eq!(
            set(&mut client, BROKER, resource, &[("no.such", "2")])["error_code"],
            NONE
        );
        let row = told(&mut client, BROKER, resource, "no.such");
        assert!(row["value"].is_null(), "it may be a secret: {row:?}");
        assert_eq!(
            (row["is_sensitive"].bool(), row["read_only"].bool()),
            (true, true)
        );
        assert_eq!(
            (row["config_source"].int(), row["config_type"].int()),
            (source.into(), UNKNOWN.into())
        );
        assert_eq!(row["synonyms"][0]["name"], "no.such");
    }
}

#[test]
fn a_config_of_a_listener_is_shown_by_the_type_of_the_config() {
    let Some(broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let node = client.call("DescribeCluster", 0, obj! {})["controller_id"]
        .int()
        .to_string();
    let (store, password) = (
        "listener.name.internal.ssl.keystore.location",
        "listener.name.internal.ssl.keystore.password",
    );
    assert_eq!(
        set(&mut client, BROKER, &node, &[(store, "/tmp/a.jks")])["error_code"],
        NONE
    );
    assert_eq!(
        set(&mut client, BROKER, &node, &[(password, "secret")])["error_code"],
        NONE
    );
    let row = told(&mut client, BROKER, &node, store);
    assert_eq!(row["value"], "/tmp/a.jks");
    assert_eq!(
        (row["is_sensitive"].bool(), row["config_type"].int()),
        (false, TEXT.into())
    );
    let row = told(&mut client, BROKER, &node, password);
    assert!(row["value"].is_null() && row["is_sensitive"].bool(), "{row:?}");
    let refused = set(&mut client, BROKER, "", &[(store, "/tmp/a.jks")]);
    assert_eq!(refused["error_code"], INVALID_REQUEST);
    let wanted = format!(
        "Cannot update these configs at default cluster level, broker id must be specified: [{store}]"
    );
    assert_eq!(refused["error_message"], wanted.as_str());
    let limit = "listener.name.internal.max.connections";
    assert_eq!(
        set(&mut client, BROKER, "", &[(limit, "1000")])["error_code"],
        NONE
    );
    assert_eq!(
        set(&mut client, BROKER, "", &[(limit, "many")])["error_code"],
        INVALID_REQUEST
    );
}

#[test]
fn an_internal_config_of_a_topic_is_shown_where_it_is_set() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("internal.segment.bytes", "2000000")]);
    let row = told(&mut client, TOPIC, &topic, "internal.segment.bytes");
    assert_eq!(
        (row["value"].str(), row["config_source"].int()),
        ("2000000", OF_TOPIC.into())
    );
    let without = new_topic_with(&mut client, 1, &[]);
    let resource =
        obj! { resource_type: TOPIC, resource_name: without.as_str(), configuration_keys: Value::Null };
    let answer = client.call("DescribeConfigs", 4, obj! { resources: list![resource] });
    let mut names = answer["results"][0]["configs"].list().iter();
    assert!(names.all(|row| row["name"] != "internal.segment.bytes"));
}

#[test]
fn a_session_of_a_group_lasts_longer_than_the_time_between_heartbeats() {
    let Some(broker) = Options::new()
        .set("group.streams.max.heartbeat.interval.ms", "55000")
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let refused = set(
        &mut client,
        GROUP,
        "g",
        &[("streams.heartbeat.interval.ms", "50000")],
    );
    assert_eq!(refused["error_code"], INVALID_CONFIG);
    let wanted = "streams.session.timeout.ms must be greater than streams.heartbeat.interval.ms";
    assert_eq!(refused["error_message"], wanted);
    let both = [
        ("streams.heartbeat.interval.ms", "50000"),
        ("streams.session.timeout.ms", "50001"),
    ];
    assert_eq!(set(&mut client, GROUP, "g", &both)["error_code"], NONE);
}
