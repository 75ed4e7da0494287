use compat_tests::configs::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC, described, node};
use compat_tests::errors::*;
use compat_tests::ops::broker_and_topic;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{eventually, list, obj};

/// Code and text; configs of `None` lack their value.
fn alter(
    client: &mut Client,
    version: i16,
    (kind, name): (i8, &str),
    configs: &[(&str, Option<&str>)],
    validate_only: bool,
) -> (i64, String) {
    let configs = configs
        .iter()
        .map(|(name, value)| obj! { name: *name, value: value.map_or(Value::Null, Value::from) });
    let configs = Value::Array(configs.collect());
    let resource = obj! { resource_type: kind, resource_name: name, configs: configs };
    let request = obj! { resources: list![resource], validate_only: validate_only };
    let answer = &client.call("AlterConfigs", version, request)["responses"][0];
    assert_eq!(
        (answer["resource_type"].int(), answer["resource_name"].str()),
        (kind.into(), name)
    );
    let text = &answer["error_message"];
    let text = if text.is_null() { "" } else { text.str() };
    (answer["error_code"].int(), text.to_owned())
}

fn value(client: &mut Client, kind: i8, name: &str, key: &str) -> String {
    match described(client, (kind, name), key).0 {
        Value::Null => String::new(),
        value => value.str().to_owned(),
    }
}

#[test]
fn every_version_leaves_only_what_it_names() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let of = (TOPIC, topic.as_str());
    let done = (i64::from(NONE), String::new());
    for version in versions("AlterConfigs") {
        let both = [("retention.ms", Some("777")), ("segment.ms", Some("888"))];
        assert_eq!(alter(&mut client, version, of, &both, true), done, "v{version}");
        assert_eq!(value(&mut client, TOPIC, &topic, "retention.ms"), "604800000");
        assert_eq!(alter(&mut client, version, of, &both, false), done, "v{version}");
        eventually("both are set", || {
            value(&mut client, TOPIC, &topic, "retention.ms") == "777"
                && value(&mut client, TOPIC, &topic, "segment.ms") == "888"
        });
        assert_eq!(alter(&mut client, version, of, &both[1..], false), done);
        eventually("what is not named is gone", || {
            value(&mut client, TOPIC, &topic, "retention.ms") == "604800000"
        });
        assert_eq!(value(&mut client, TOPIC, &topic, "segment.ms"), "888");
        assert_eq!(alter(&mut client, version, of, &[], false), done);
        eventually("nothing is left", || {
            value(&mut client, TOPIC, &topic, "segment.ms") == "604800000"
        });
    }
}

#[test]
fn brokers_groups_and_client_metrics_have_configs_too() {
    let (_broker, mut client, _) = broker_and_topic(1);
    let id = node(&mut client);
    for (kind, name, key, wanted) in [
        (BROKER, id.as_str(), "log.cleaner.backoff.ms", "16000"),
        (GROUP, "some-group", "consumer.session.timeout.ms", "50000"),
        (CLIENT_METRICS, "some-metrics", "interval.ms", "1000"),
    ] {
        let set = alter(&mut client, 2, (kind, name), &[(key, Some(wanted))], false);
        assert_eq!(set, (NONE.into(), String::new()), "{key}");
        eventually(key, || value(&mut client, kind, name, key) == wanted);
        let unset = alter(&mut client, 2, (kind, name), &[], false);
        assert_eq!(unset, (NONE.into(), String::new()), "{key}");
    }
}

#[test]
fn refusals_are_kafkas() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let id = node(&mut client);
    let unexpected = format!("Unexpected broker id, expected {id}, but received 77");
    let topic = topic.as_str();
    let retention: &[(&str, Option<&str>)] = &[("retention.ms", Some("777"))];
    let nulls: &[(&str, Option<&str>)] = &[("retention.ms", None), ("segment.ms", None)];
    let cases = [
        (
            (TOPIC, topic),
            [retention, retention].concat(),
            INVALID_REQUEST,
            "Error due to duplicate config keys",
        ),
        (
            (TOPIC, topic),
            nulls.to_vec(),
            INVALID_REQUEST,
            "Null value not supported for : retention.ms, segment.ms",
        ),
        (
            (TOPIC, topic),
            vec![("nonsense", Some("1"))],
            INVALID_CONFIG,
            "Unknown topic config name: nonsense",
        ),
        (
            (TOPIC, topic),
            vec![("retention.ms", Some("abc"))],
            INVALID_CONFIG,
            "Invalid value abc for configuration retention.ms: Not a number of type LONG",
        ),
        (
            (TOPIC, "no-such-topic"),
            retention.to_vec(),
            UNKNOWN_TOPIC_OR_PARTITION,
            "The topic 'no-such-topic' does not exist.",
        ),
        (
            (TOPIC, "bad name"),
            retention.to_vec(),
            INVALID_TOPIC_EXCEPTION,
            "Topic name is invalid: 'bad name' contains one or more characters other than ASCII alphanumerics, '.', \
             '_' and '-'",
        ),
        (
            (TOPIC, ""),
            retention.to_vec(),
            INVALID_REQUEST,
            "Default topic resources are not allowed.",
        ),
        (
            (BROKER, id.as_str()),
            vec![("log.dirs", Some("/x"))],
            INVALID_REQUEST,
            "Cannot update these configs dynamically: [log.dirs]",
        ),
        ((BROKER, "77"), vec![], INVALID_REQUEST, unexpected.as_str()),
        (
            (BROKER, "x"),
            vec![],
            INVALID_REQUEST,
            "Node id must be an integer, but it is: x",
        ),
        (
            (BROKER_LOGGER, id.as_str()),
            vec![("root", Some("INFO"))],
            INVALID_REQUEST,
            "Unknown resource type 8",
        ),
        (
            (CLIENT_METRICS, ""),
            vec![],
            INVALID_REQUEST,
            "Subscription name can't be empty",
        ),
        (
            (GROUP, ""),
            vec![],
            INVALID_REQUEST,
            "Default group resources are not allowed.",
        ),
        ((99, "x"), vec![], INVALID_REQUEST, "Unknown resource type 99"),
    ];
    for version in versions("AlterConfigs") {
        for (resource, configs, code, text) in &cases {
            let answer = alter(&mut client, version, *resource, configs, false);
            assert_eq!(
                answer,
                (i64::from(*code), (*text).to_owned()),
                "v{version} {resource:?}"
            );
        }
    }
}

#[test]
fn a_resource_that_comes_twice_is_refused_both_times() {
    let (broker, mut client, topic) = broker_and_topic(1);
    if !broker.is_own() {
        return; // Kafka 4.3 does not answer at all
    }
    let config = obj! { name: "retention.ms", value: "777" };
    let resource = obj! { resource_type: TOPIC, resource_name: topic.as_str(), configs: list![config] };
    let answer = client.call(
        "AlterConfigs",
        2,
        obj! { resources: list![resource.clone(), resource] },
    );
    assert_eq!(answer["responses"].list().len(), 2);
    for response in answer["responses"].list() {
        assert_eq!(response["error_code"], INVALID_REQUEST);
        assert_eq!(
            response["error_message"],
            "Each resource must appear at most once."
        );
    }
}
