//! Configs without a row of their own: unknown names and those of one listener of a broker, internal ones of a topic.

use compat_tests::wire::Value;
use compat_tests::{list, obj};

use super::config_changes::{SET, change, changes};
use super::configs::{BROKER, GROUP, TOPIC};
use crate::script::Script;

const DELETE: i32 = 1;

/// Names, with a value for each.
const GIVEN: [(&str, &str); 14] = [
    ("no.such.config", "secret"),
    ("listener.name.internal.ssl.keystore.location", "/tmp/a.jks"),
    ("listener.name.internal.ssl.keystore.password", "secret"),
    ("listener.name.internal.no.such", "x"),
    ("listener.name.plaintext.max.connections", "1000"),
    ("listener.name.other.max.connections", "1000"),
    ("listener.name.other.max.connections", "many"),
    ("listener.name.other.max.connection.creation.rate", "70000"),
    ("listener.name.other.num.network.threads", "4"),
    ("listener.name.other.log.retention.ms", "5000"),
    ("listener.name.other.log.retention.ms", "soon"),
    ("listener.name.other.plain.sasl.jaas.config", "secret"),
    ("listener.name.other.auto.create.topics.enable", "false"),
    ("listener.name.", "x"),
];

/// All cases of this file.
pub fn cases(s: &mut Script) {
    s.section("Strays");
    let alter =
        |kind: i32, name: &str, configs: Value| obj! { resources: list![changes(kind, name, configs)] };
    let describe = |kind: i32, name: &str, keys: Value| {
        let resource = obj! { resource_type: kind, resource_name: name, configuration_keys: keys };
        obj! { resources: list![resource], include_synonyms: true }
    };
    for (at, (key, value)) in GIVEN.into_iter().enumerate() {
        for (word, broker) in [("broker", "1"), ("cluster", "")] {
            let set = alter(BROKER, broker, list![change(key, SET, value)]);
            s.and("IncrementalAlterConfigs", &format!("{word}-{at}-set"), set);
            s.and(
                "DescribeConfigs",
                &format!("{word}-{at}-told"),
                describe(BROKER, broker, list![key]),
            );
            s.and(
                "DescribeConfigs",
                &format!("{word}-{at}-beside"),
                describe(BROKER, "1", list![key]),
            );
        }
        for (word, broker) in [("broker", "1"), ("cluster", "")] {
            let delete = alter(BROKER, broker, list![change(key, DELETE, Value::Null)]);
            s.and("IncrementalAlterConfigs", &format!("{word}-{at}-gone"), delete);
        }
        s.and(
            "DescribeConfigs",
            &format!("{at}-gone"),
            describe(BROKER, "1", list![key]),
        );
    }
    let config = obj! { name: "internal.segment.bytes", value: "2000000" };
    let topic = obj! { name: "inner", num_partitions: 1, replication_factor: 1, configs: list![config] };
    s.and(
        "CreateTopics",
        "internal",
        obj! { topics: list![topic], timeout_ms: 10_000 },
    );
    s.and(
        "DescribeConfigs",
        "internal",
        describe(TOPIC, "inner", Value::Null),
    );
    for kind in ["consumer", "share", "streams"] {
        for (word, key, value) in [
            ("session", "session.timeout.ms", "45000"),
            ("heartbeat", "heartbeat.interval.ms", "15000"),
            ("long-heartbeat", "heartbeat.interval.ms", "45000"),
        ] {
            let configs = list![change(format!("{kind}.{key}"), SET, value)];
            s.and(
                "IncrementalAlterConfigs",
                &format!("{kind}-{word}"),
                alter(GROUP, "timed", configs),
            );
        }
    }
}
