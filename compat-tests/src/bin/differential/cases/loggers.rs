//! Loggers: BROKER_LOGGER resources of DescribeConfigs, AlterConfigs and IncrementalAlterConfigs.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use crate::script::Script;

const LOGGERS: i32 = 8;

/// All cases of this file.
pub fn cases(s: &mut Script) {
    s.section("BROKER_LOGGER");
    let describe = |name: &str, keys: Value| obj! { resources: list![obj! { resource_type: LOGGERS, resource_name: name, configuration_keys: keys }] };
    let op = |name: &str, kind: i32, value: Value| obj! { name: name, config_operation: kind, value: value };
    let alter = |name: &str, configs: Value| obj! { resources: list![obj! { resource_type: LOGGERS, resource_name: name, configs: configs }] };
    for (word, name) in [("none", ""), ("other", "2"), ("word", "one"), ("negative", "-1")] {
        s.each("DescribeConfigs", &format!("broker-{word}"), |_| {
            describe(name, list!["root"])
        });
        s.each("IncrementalAlterConfigs", &format!("broker-{word}"), |_| {
            alter(name, list![op("root", 0, "INFO".into())])
        });
        s.each("AlterConfigs", &format!("broker-{word}"), |_| {
            alter(name, list![obj! { name: "root", value: "INFO" }])
        });
    }
    s.each("AlterConfigs", "whole", |_| {
        alter("1", list![obj! { name: "root", value: "INFO" }])
    });
    s.each("DescribeConfigs", "unknown-logger", |_| {
        describe("1", list!["no.such.logger"])
    });
    for (word, changes) in [
        ("unknown-logger", list![op("no.such.logger", 0, "INFO".into())]),
        ("no-logger", list![op("", 0, "INFO".into())]),
        ("unknown-level", list![op("root", 0, "LOUD".into())]),
        ("no-level", list![op("root", 0, "".into())]),
        ("null-level", list![op("root", 0, Value::Null)]),
        ("lower-case", list![op("root", 0, "info".into())]),
        ("append", list![op("root", 2, "INFO".into())]),
        ("subtract", list![op("root", 3, "INFO".into())]),
        ("delete-root", list![op("root", 1, Value::Null)]),
        ("none", list![]),
        (
            "twice",
            list![op("root", 0, "INFO".into()), op("root", 0, "WARN".into())],
        ),
        ("same", list![op("root", 0, "INFO".into())]),
    ] {
        s.each("IncrementalAlterConfigs", word, |_| {
            let mut ask = alter("1", changes.clone());
            ask.set("validate_only", word == "same");
            ask
        });
    }
}
