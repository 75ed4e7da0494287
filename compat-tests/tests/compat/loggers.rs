//! BROKER_LOGGER: levels of the running log, described by DescribeConfigs and changed by IncrementalAlterConfigs.

use compat_tests::configs::{self, APPEND, BROKER_LOGGER, DELETE, SET, SUBTRACT, change, node};
use compat_tests::errors::{INVALID_CONFIG, INVALID_REQUEST, NONE};
use compat_tests::server::{Broker, Options};
use compat_tests::wire::{Client, Value, versions};
use compat_tests::{list, obj};

/// Code and text of changes to the loggers of a node.
fn alter(client: &mut Client, node: &str, changes: Vec<Value>, validate_only: bool) -> (i64, Option<String>) {
    let of = (BROKER_LOGGER, node);
    configs::outcome(&configs::alter(client, 1, of, changes, validate_only))
}

/// Names and levels of loggers.
fn levels(client: &mut Client, node: &str, names: Value) -> Vec<(String, String)> {
    let answer = configs::describe(client, (BROKER_LOGGER, node), names);
    assert_eq!(answer["error_code"], NONE, "{answer:?}");
    let rows = answer["configs"].list().iter();
    rows.map(|row| (row["name"].str().to_owned(), row["value"].str().to_owned()))
        .collect()
}

fn level(client: &mut Client, node: &str, name: &str) -> String {
    let found = levels(client, node, list![name]);
    found.first().expect("a logger of this name").1.clone()
}

#[test]
fn every_version_lists_the_loggers() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = node(&mut client);
    for version in versions("DescribeConfigs") {
        let resource = obj! {
            resource_type: BROKER_LOGGER, resource_name: node.as_str(), configuration_keys: Value::Null
        };
        let request = obj! { resources: list![resource], include_synonyms: true };
        let result = client.call("DescribeConfigs", version, request)["results"][0].clone();
        assert_eq!(result["error_code"], NONE, "v{version}");
        let loggers = result["configs"].list();
        assert!(loggers.len() > 5, "v{version}: {loggers:?}");
        let root = result["configs"].find("name", "root");
        assert_eq!(root["config_source"], 6, "v{version}: of a logger");
        assert_eq!(
            (root["read_only"].bool(), root["is_sensitive"].bool()),
            (false, false)
        );
        assert_eq!(root["synonyms"], list![]);
        if version >= 3 {
            assert_eq!((root["config_type"].int(), root["documentation"].str()), (0, ""));
        }
    }
    assert_eq!(
        levels(&mut client, &node, list!["root", "no.such.logger"]).len(),
        1
    );
}

#[test]
fn refusals_are_kafkas() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = node(&mut client);
    let before = levels(&mut client, &node, Value::Null);
    let valid =
        "as it is not a supported log level. Valid log levels are DEBUG, ERROR, FATAL, INFO, TRACE, WARN";
    let cases = [
        (
            change("root", SET, "LOUD"),
            INVALID_CONFIG,
            format!("Cannot set the log level of root to LOUD {valid}"),
        ),
        (
            change("root", SET, "debug"),
            INVALID_CONFIG,
            format!("Cannot set the log level of root to debug {valid}"),
        ),
        (
            change("root", SET, "OFF"),
            INVALID_CONFIG,
            format!("Cannot set the log level of root to OFF {valid}"),
        ),
        (
            change("root", SET, Value::Null),
            INVALID_REQUEST,
            "Null value not supported for : root".into(),
        ),
        (
            change("root", DELETE, Value::Null),
            INVALID_REQUEST,
            "Removing the log level of the root logger is not allowed".into(),
        ),
        (
            change("root", APPEND, "INFO"),
            INVALID_REQUEST,
            "APPEND operation is not allowed for the BROKER_LOGGER resource".into(),
        ),
        (
            change("no.such", SUBTRACT, "INFO"),
            INVALID_REQUEST,
            "SUBTRACT operation is not allowed for the BROKER_LOGGER resource".into(),
        ),
        (
            change("no.such", SET, "LOUD"),
            INVALID_CONFIG,
            "Logger no.such does not exist!".into(),
        ),
        (
            change("no.such", DELETE, "INFO"),
            INVALID_CONFIG,
            "Logger no.such does not exist!".into(),
        ),
    ];
    for (change, code, text) in cases {
        for validate_only in [true, false] {
            let refused = alter(&mut client, &node, vec![change.clone()], validate_only);
            assert_eq!(refused, (code.into(), Some(text.clone())), "{change:?}");
        }
    }
    let twice = vec![change("root", SET, "INFO"), change("root", SET, "INFO")];
    let text = Some("Error due to duplicate config keys".to_owned());
    assert_eq!(
        alter(&mut client, &node, twice, false),
        (INVALID_REQUEST.into(), text)
    );
    let one_is_wrong = vec![change("root", SET, "ERROR"), change("no.such", SET, "INFO")];
    assert_eq!(
        alter(&mut client, &node, one_is_wrong, false).0,
        i64::from(INVALID_CONFIG)
    );
    assert_eq!(levels(&mut client, &node, Value::Null).len(), before.len());
    assert_eq!(
        level(&mut client, &node, "root"),
        before.iter().find(|(name, _)| name == "root").unwrap().1
    );
}

#[test]
fn it_must_be_this_node() {
    let broker = Broker::start();
    let mut client = broker.client();
    let node = node(&mut client);
    let refused = |text: String| (i64::from(INVALID_REQUEST), Some(text));
    let set = || vec![change("root", SET, "INFO")];
    let other = refused(format!("Unexpected node id. Expected {node}, but received 77"));
    assert_eq!(alter(&mut client, "77", set(), false), other);
    for name in ["", "x"] {
        let text = refused(format!("Node id must be an integer, but it is: {name}"));
        assert_eq!(alter(&mut client, name, set(), false), text);
    }
    assert_eq!(alter(&mut client, &node, Vec::new(), false), (NONE.into(), None));
    let config = obj! { name: "root", value: "INFO" };
    for version in versions("AlterConfigs") {
        let resource = obj! { resource_type: BROKER_LOGGER, resource_name: node.as_str(), configs: list![config.clone()] };
        let answer = client.call("AlterConfigs", version, obj! { resources: list![resource] });
        assert_eq!(
            answer["responses"][0]["error_code"], INVALID_REQUEST,
            "v{version}"
        );
        assert_eq!(answer["responses"][0]["error_message"], "Unknown resource type 8");
    }
}

/// Has the broker say at level DEBUG that a topic is not there.
fn murmur(client: &mut Client, topic: &str) {
    client.call(
        "DeleteTopics",
        1,
        obj! { topic_names: list![topic], timeout_ms: 1000 },
    );
}

#[test]
fn a_level_acts_at_once_and_ends_with_the_process() {
    let Some(mut broker) = Options::new().start() else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    let done = (i64::from(NONE), None);
    murmur(&mut client, "unheard-before");
    let debug = |logger: &str| vec![change(logger, SET, "DEBUG")];
    assert_eq!(
        alter(&mut client, &node, debug("ottla::topics"), true),
        done,
        "only asked"
    );
    murmur(&mut client, "unheard-of");
    assert_eq!(level(&mut client, &node, "ottla::topics"), "WARN");
    assert_eq!(alter(&mut client, &node, debug("ottla::topics"), false), done);
    murmur(&mut client, "heard-first");
    broker.wait_for_log("heard-first");
    assert_eq!(level(&mut client, &node, "ottla::topics"), "DEBUG");
    assert_eq!(level(&mut client, &node, "root"), "WARN");
    let back = vec![change("ottla::topics", DELETE, Value::Null)];
    assert_eq!(alter(&mut client, &node, back, false), done);
    murmur(&mut client, "unheard-again");
    assert_eq!(alter(&mut client, &node, debug("root"), false), done);
    assert_eq!(
        level(&mut client, &node, "ottla::topics"),
        "DEBUG",
        "it follows the root again"
    );
    murmur(&mut client, "heard-last");
    broker.wait_for_log("heard-last");
    assert!(!broker.log().contains("unheard"), "{}", broker.log());
    broker.stop();
    broker.start_again();
    assert_eq!(level(&mut broker.client(), &node, "root"), "WARN");
}

#[test]
fn the_filter_of_the_start_is_kept() {
    let Some(broker) = Options::new()
        .arg("--log")
        .arg("error,ottla::topics=debug")
        .start()
    else {
        return;
    };
    let mut client = broker.client();
    let node = node(&mut client);
    assert_eq!(level(&mut client, &node, "ottla::topics"), "DEBUG");
    let quiet = vec![change("storage", SET, "FATAL")];
    assert_eq!(alter(&mut client, &node, quiet, false), (NONE.into(), None));
    assert_eq!(level(&mut client, &node, "storage"), "FATAL");
    assert_eq!(level(&mut client, &node, "root"), "ERROR");
    murmur(&mut client, "still-heard");
    broker.wait_for_log("still-heard");
}
