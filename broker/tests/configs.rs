//! The config table against the facts of Apache Kafka 4.3.1.

use std::collections::BTreeMap;

use ottla::config::{Check, Kind, Profile, Row, Scope, Value, parse, row, rows};

const FACTS: &str = include_str!("vectors/kafka-4.3.1-configs.tsv");

fn facts() -> impl Iterator<Item = Vec<&'static str>> {
    FACTS
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split('\t').collect())
}

fn scope(name: &str) -> Scope {
    match name {
        "broker" => Scope::Broker,
        "topic" => Scope::Topic,
        "group" => Scope::Group,
        _ => Scope::ClientMetrics,
    }
}

/// `1.7976931348623157E308` and `179769…` are the same number.
fn same(row: &Row, ours: &str, theirs: &str) -> bool {
    match (row.kind, parse(row, ours), parse(row, theirs)) {
        (Kind::Double, Ok(Value::Float(a)), Ok(Value::Float(b))) => a == b,
        _ => ours == theirs,
    }
}

/// Allowed values as `ConfigDef` prints them; those that it does not print are empty.
fn allowed(row: &Row) -> String {
    match row.check {
        Check::Any | Check::GzipLevel | Check::ThrottledReplicas | Check::HostPort | Check::OffsetReset => {
            String::new()
        }
        Check::AtLeast(min) => format!("[{min},...]"),
        Check::Between(min, max) => format!("[{min},...,{max}]"),
        Check::BetweenF(min, max) => format!("[{min},...,{max}]"),
        Check::OneOf(words) => format!("[{}]", words.join(", ")),
        Check::OneOfAnyCase(words) => format!("(case insensitive) [{}]", words.join(", ")),
    }
}

#[test]
fn every_config_of_kafka_has_the_same_facts_here() {
    for fact in facts() {
        let [
            scope_name,
            name,
            kind,
            default,
            mode,
            importance,
            internal,
            values,
        ] = fact[..]
        else {
            panic!("{fact:?}");
        };
        let row = row(scope(scope_name), name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(row.kind.name(), kind, "{name}");
        match default {
            "<none>" => assert!(row.needed, "{name} is required"),
            "<null>" => assert_eq!(row.default, None, "{name}"),
            value => assert!(
                row.default.is_some_and(|ours| same(row, ours, value)),
                "{name}: {:?}",
                row.default
            ),
        }
        if row.scope == Scope::Broker {
            assert_eq!(row.mode.name(), mode, "{name}");
        }
        assert_eq!(row.importance.name(), importance, "{name}");
        assert_eq!(row.hidden, internal == "internal", "{name}");
        let ours = allowed(row);
        assert!(
            ours.is_empty() || ours == values,
            "{name}: {ours} against {values}"
        );
        assert!(
            !ours.is_empty() || !values.starts_with('[') || row.check != Check::Any,
            "{name} allows everything, Kafka {values}"
        );
    }
}

/// Kafka's, but only while running: no broker config that it knows at the start (`QuotaConfig.brokerQuotaConfigs`).
const ONLY_DYNAMIC: [&str; 1] = ["replica.alter.log.dirs.io.max.bytes.per.second"];

#[test]
fn what_kafka_does_not_have_is_named_ottla() {
    let known: Vec<(Scope, &str)> = facts().map(|fact| (scope(fact[0]), fact[1])).collect();
    for s in [Scope::Broker, Scope::Topic, Scope::Group, Scope::ClientMetrics] {
        for row in rows(s) {
            let is_ours = row.name.starts_with("ottla.");
            let is_kafkas = known.contains(&(s, row.name)) || ONLY_DYNAMIC.contains(&row.name);
            assert!(is_ours != is_kafkas, "{}", row.name);
        }
    }
}

#[test]
fn defaults_are_allowed_by_their_own_row() {
    for s in [Scope::Broker, Scope::Topic, Scope::Group] {
        for row in rows(s).filter(|row| !row.needed) {
            for profile in [Profile::Dev, Profile::Kafka] {
                if let Some(text) = profile.default_of(row) {
                    assert!(parse(row, text).is_ok(), "{}={text}", row.name);
                }
            }
        }
    }
}

#[test]
fn names_are_unique_within_a_scope() {
    let mut names = BTreeMap::new();
    for s in [Scope::Broker, Scope::Topic, Scope::Group, Scope::ClientMetrics] {
        for row in rows(s) {
            assert_eq!(names.insert((s, row.name), ()), None, "{}", row.name);
        }
    }
    assert_eq!(rows(Scope::Topic).count(), 34);
}
