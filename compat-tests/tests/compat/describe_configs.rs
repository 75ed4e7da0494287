use compat_tests::configs::{BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP, TOPIC, node};
use compat_tests::errors::{INVALID_REQUEST, INVALID_TOPIC_EXCEPTION, NONE, UNKNOWN_TOPIC_OR_PARTITION};
use compat_tests::ops::{broker_and_topic, new_topic_with};
use compat_tests::server::Broker;
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

fn ask(client: &mut Client, version: i16, kind: i8, name: &str, keys: Value) -> Value {
    let resource = obj! { resource_type: kind, resource_name: name, configuration_keys: keys };
    let request = obj! { resources: list![resource], include_synonyms: true, include_documentation: true };
    client.call("DescribeConfigs", version, request)["results"][0].clone()
}

#[test]
fn every_version_describes_a_topic() {
    let broker = Broker::start();
    let mut client = broker.client();
    let topic = new_topic_with(&mut client, 1, &[("retention.ms", "4711")]);
    for version in versions("DescribeConfigs") {
        let all = ask(&mut client, version, TOPIC, &topic, Value::Null);
        assert_eq!(all["error_code"], NONE, "v{version}");
        assert_eq!(
            (all["resource_type"].int(), all["resource_name"].str()),
            (2, topic.as_str())
        );
        let names: Vec<&str> = all["configs"].list().iter().map(|c| c["name"].str()).collect();
        for wanted in [
            "cleanup.policy",
            "max.message.bytes",
            "message.timestamp.type",
            "segment.bytes",
        ] {
            assert!(names.contains(&wanted), "v{version}: {wanted} in {names:?}");
        }
        let own = all["configs"].find("name", "retention.ms");
        assert_eq!(
            (own["value"].str(), own["config_source"].int()),
            ("4711", 1),
            "v{version}"
        );
        assert_eq!(
            (own["read_only"].bool(), own["is_sensitive"].bool()),
            (false, false)
        );
        let first = &own["synonyms"][0];
        assert_eq!(
            (first["name"].str(), first["value"].str()),
            ("retention.ms", "4711"),
            "v{version}"
        );
        let default = all["configs"].find("name", "segment.bytes");
        assert_eq!(
            (default["value"].str(), default["config_source"].int()),
            ("1073741824", 5)
        );
        assert_eq!(default["synonyms"][0]["name"], "log.segment.bytes", "v{version}");
        if version >= 3 {
            assert_eq!(own["config_type"], 5, "v{version}: LONG");
            assert_eq!(
                all["configs"].find("name", "cleanup.policy")["config_type"],
                7,
                "LIST"
            );
            assert!(!own["documentation"].str().is_empty());
        }
    }
}

#[test]
fn named_keys_only() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let two = ask(
        &mut client,
        4,
        TOPIC,
        &topic,
        list!["retention.ms", "preallocate", "no.such"],
    );
    let mut names: Vec<&str> = two["configs"].list().iter().map(|c| c["name"].str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["preallocate", "retention.ms"]);
    let none = ask(&mut client, 4, TOPIC, &topic, list![]);
    assert_eq!(none["error_code"], NONE);
}

#[test]
fn synonyms_and_documentation_come_only_when_asked_for() {
    let (_broker, mut client, topic) = broker_and_topic(1);
    let resource =
        obj! { resource_type: TOPIC, resource_name: &topic, configuration_keys: list!["retention.ms"] };
    let response = client.call("DescribeConfigs", 4, obj! { resources: list![resource] });
    let row = &response["results"][0]["configs"][0];
    assert_eq!(row["synonyms"], list![]);
    assert!(row["documentation"].is_null());
}

#[test]
fn the_broker_describes_itself() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = node(&mut client);
    for version in versions("DescribeConfigs") {
        let all = ask(&mut client, version, BROKER, &node, Value::Null);
        assert_eq!(all["error_code"], NONE, "v{version}: {all:?}");
        let id = all["configs"].find("name", "node.id");
        assert_eq!(
            (id["value"].str(), id["read_only"].bool()),
            (node.as_str(), true),
            "v{version}"
        );
        assert!(
            all["configs"]
                .list()
                .iter()
                .all(|row| row["name"] != "replica.alter.log.dirs.io.max.bytes.per.second"),
            "v{version}: no config of Kafka's table, so only shown when set"
        );
        let size = all["configs"].find("name", "message.max.bytes");
        assert_eq!(
            (size["value"].str(), size["read_only"].bool()),
            ("1048588", false),
            "v{version}"
        );
    }
    let other = ask(&mut client, 4, BROKER, "4711", Value::Null);
    assert_eq!(other["error_code"], INVALID_REQUEST, "{other:?}");
    let words = ask(&mut client, 4, BROKER, "me", Value::Null);
    assert_eq!(words["error_code"], INVALID_REQUEST, "{words:?}");
}

#[test]
fn unknown_resources_are_named() {
    let broker = Broker::start();
    let mut client = broker.client();
    let absent = ask(&mut client, 4, TOPIC, "no-such-topic", Value::Null);
    assert_eq!(absent["error_code"], UNKNOWN_TOPIC_OR_PARTITION);
    assert_eq!(absent["configs"].list().len(), 0);
    let kind = ask(&mut client, 4, 99, "x", Value::Null);
    assert_eq!(kind["error_code"], INVALID_REQUEST, "{kind:?}");
    assert!(
        kind["error_message"].str().starts_with("This most likely occurs"),
        "{kind:?}"
    );
}

#[test]
fn names_that_no_resource_has_are_refused() {
    let broker = Broker::start();
    let mut client = broker.client();
    let loud = "Topic name is invalid: 'bad name' contains one or more characters other than ASCII alphanumerics, \
                '.', '_' and '-'";
    let cases = [
        (TOPIC, "bad name", INVALID_TOPIC_EXCEPTION, loud),
        (BROKER_LOGGER, "", INVALID_REQUEST, "Broker id must not be empty"),
        (
            CLIENT_METRICS,
            "",
            INVALID_REQUEST,
            "Client metrics subscription name must not be empty",
        ),
        (GROUP, "", INVALID_REQUEST, "Group name must not be empty"),
    ];
    for version in versions("DescribeConfigs") {
        for (kind, name, code, text) in &cases {
            let answer = ask(&mut client, version, *kind, name, Value::Null);
            assert_eq!(answer["error_code"], *code, "v{version}: {answer:?}");
            assert_eq!(answer["error_message"], *text, "v{version}");
        }
    }
}
