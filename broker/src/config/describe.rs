//! Configs as DescribeConfigs shows them: value, where it came from, and what lies beneath it.
//!
//! The rules are those of Kafka's `ConfigHelper`: the synonyms of a config are all names and places that give it a
//! value, the strongest first, beginning with the name itself; its source is that of the first.

use std::collections::BTreeMap;

use super::broker_config::Config;
use super::described::{Described, Origin, Synonym};
use super::row::{Mode, Row, Scope};
use super::table::{broker_synonyms, row, rows, topic_synonym};
use super::topic_config::TopicConfig;
use super::value::parse;

/// Configs without a default in Kafka, which a start must give there; their defaults here are no synonyms.
const WITHOUT_DEFAULT: [&str; 3] = ["controller.listener.names", "node.id", "process.roles"];
/// A config that Kafka's table of broker configs lacks, so that only a value makes it show.
const ONLY_WHEN_SET: &str = "replica.alter.log.dirs.io.max.bytes.per.second";

/// Places of broker configs, the strongest first.
const PLACES: [Origin; 4] = [Origin::Node, Origin::Cluster, Origin::Start, Origin::Default];

/// Configs of this broker.
pub fn describe_broker(config: &Config) -> Vec<Described> {
    let describe = |row: &'static Row| {
        let value = match row.name {
            // Kafka fills the older name from the newer one.
            "broker.id" => Some(config.node_id.to_string()),
            name if hidden_by_synonym(config, name) => shown(row, config.settings().default_of(name)),
            name => shown(row, config.settings().text(name)),
        };
        Described::new(row, value, row.mode == Mode::ReadOnly, given(config, row.name))
    };
    let settings = config.settings();
    let strays = settings.strays().names().into_iter();
    let strays = strays.filter_map(|name| Described::stray(settings, name, &PLACES));
    rows(Scope::Broker)
        .filter(|row| !row.hidden && (row.name != ONLY_WHEN_SET || given(config, row.name).len() > 1))
        .map(describe)
        .chain(strays)
        .collect()
}

/// Whether a dynamic value of another name takes the place of what the start gave (`DynamicBrokerConfig.overrideProps`).
fn hidden_by_synonym(config: &Config, name: &'static str) -> bool {
    let settings = config.settings();
    let is_dynamic = |n: &str| settings.node_of(n).or_else(|| settings.cluster_of(n)).is_some();
    !is_dynamic(name) && broker_synonyms(name).into_iter().any(is_dynamic)
}

/// Dynamic defaults of the cluster: only those that are set.
pub fn describe_cluster(config: &Config) -> Vec<Described> {
    let set = config
        .settings()
        .cluster_names()
        .filter_map(|name| row(Scope::Broker, name));
    let describe = |row: &'static Row| {
        let synonyms = given(config, row.name)
            .into_iter()
            .filter(|s| s.origin == Origin::Cluster)
            .collect();
        let value = shown(row, config.settings().cluster_of(row.name));
        Described::new(row, value, row.mode == Mode::ReadOnly, synonyms)
    };
    let settings = config.settings();
    let strays = settings.strays().cluster.keys();
    let strays = strays.filter_map(|name| Described::stray(settings, name, &[Origin::Cluster]));
    set.map(describe).chain(strays).collect()
}

/// Configs of a topic with these own values; internal ones are shown where the topic has them.
pub fn describe_topic(config: &Config, own: &BTreeMap<String, String>) -> Vec<Described> {
    let describe = |(row, value): (&'static Row, Option<super::Value>)| {
        let inherited = topic_synonym(row.name)
            .map(|name| given(config, name))
            .unwrap_or_default();
        let value = value.map(|v| v.to_text());
        let synonyms = with_own(row, own, Origin::Topic, value.clone(), inherited);
        Described::new(row, value, false, synonyms)
    };
    TopicConfig::effective(config, own).map(describe).collect()
}

/// Configs of a group with these own values.
pub fn describe_group(config: &Config, own: &BTreeMap<String, String>) -> Vec<Described> {
    let describe = |row: &'static Row| {
        let inherited = match group_synonym(row.name) {
            Some(name) => given(config, name),
            None => default_of(row).into_iter().collect(),
        };
        let value = match (own.get(row.name), group_synonym(row.name)) {
            (Some(text), _) => shown(row, Some(text)),
            (None, Some(name)) => shown(row, config.settings().text(name)),
            (None, None) => shown(row, row.default),
        };
        let synonyms = with_own(row, own, Origin::Group, value.clone(), inherited);
        Described::new(row, value, false, synonyms)
    };
    rows(Scope::Group)
        .filter(|row| !row.hidden)
        .map(describe)
        .collect()
}

/// Configs of a client metrics subscription with these own values.
pub fn describe_client_metrics(own: &BTreeMap<String, String>) -> Vec<Described> {
    let describe = |row: &'static Row| {
        let value = shown(row, own.get(row.name).map(String::as_str).or(row.default));
        let synonyms = with_own(row, own, Origin::ClientMetrics, value.clone(), Vec::new());
        Described::new(row, value, false, synonyms)
    };
    rows(Scope::ClientMetrics).map(describe).collect()
}

/// The broker config that a group config falls back to.
pub fn group_synonym(group_config: &str) -> Option<&'static str> {
    row(Scope::Broker, &format!("group.{group_config}")).map(|row| row.name)
}

/// The text as its type prints it: `07` becomes `7`.
fn shown(row: &Row, text: Option<&str>) -> Option<String> {
    text.map(|text| parse(row, text).map_or_else(|_| text.to_owned(), |value| value.to_text()))
}

fn default_of(row: &'static Row) -> Option<Synonym> {
    let value = row.default?.to_owned();
    Some(Synonym {
        name: row.name.to_owned(),
        value: Some(value),
        origin: Origin::Default,
    })
}

fn with_own(
    row: &'static Row,
    own: &BTreeMap<String, String>,
    origin: Origin,
    value: Option<String>,
    mut inherited: Vec<Synonym>,
) -> Vec<Synonym> {
    if own.contains_key(row.name) {
        inherited.insert(
            0,
            Synonym {
                name: row.name.to_owned(),
                value,
                origin,
            },
        );
    }
    inherited
}

/// Everything that gives a broker config a value. Kafka leaves out what comes before the name itself, so a config that
/// only a weaker name sets has none.
fn given(config: &Config, name: &'static str) -> Vec<Synonym> {
    let settings = config.settings();
    let names = broker_synonyms(name);
    let value_in = |origin, n: &str| match origin {
        Origin::Node => settings.node_of(n).map(str::to_owned),
        Origin::Cluster => settings.cluster_of(n).map(str::to_owned),
        // Kafka fills the older name from the newer one.
        Origin::Start if n == "broker.id" => settings.start_of("node.id").map(|_| config.node_id.to_string()),
        Origin::Start => settings.start_of(n).map(|(text, _)| text.to_owned()),
        _ if WITHOUT_DEFAULT.contains(&n) => None,
        _ => settings.default_of(n).map(str::to_owned),
    };
    let mut out = Vec::new();
    for origin in PLACES {
        for n in &names {
            let is_sensitive = row(Scope::Broker, n).is_some_and(Row::is_sensitive);
            out.extend(value_in(origin, n).map(|value| Synonym {
                name: (*n).to_owned(),
                value: Some(value).filter(|_| !is_sensitive),
                origin,
            }));
        }
    }
    out.into_iter().skip_while(|s| s.name != name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Profile;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    fn line(described: &[Described], name: &str) -> String {
        let d = described.iter().find(|d| d.name == name).expect("described");
        let synonyms: Vec<String> = d
            .synonyms
            .iter()
            .map(|s| {
                format!(
                    "{}={}:{:?}",
                    s.name,
                    s.value.as_deref().unwrap_or("null"),
                    s.origin
                )
            })
            .collect();
        format!(
            "{} {:?} [{}]",
            d.value.as_deref().unwrap_or("null"),
            d.origin,
            synonyms.join(", ")
        )
    }

    #[test]
    fn a_topic_shows_what_kafka_shows() {
        let config = Config::of_profile(Profile::Kafka);
        let plain = describe_topic(&config, &BTreeMap::new());
        assert_eq!(plain.len(), 33);
        assert_eq!(
            line(&plain, "segment.bytes"),
            "1073741824 Default [log.segment.bytes=1073741824:Default]"
        );
        // The weaker name that gives the value comes before log.retention.ms, so Kafka shows none.
        assert_eq!(line(&plain, "retention.ms"), "604800000 Default []");
        assert_eq!(line(&plain, "remote.storage.enable"), "false Default []");
        let own = describe_topic(
            &config,
            &map(&[("retention.ms", "5"), ("cleanup.policy", "compact")]),
        );
        assert_eq!(line(&own, "retention.ms"), "5 Topic [retention.ms=5:Topic]");
        assert_eq!(
            line(&own, "cleanup.policy"),
            "compact Topic [cleanup.policy=compact:Topic, log.cleanup.policy=delete:Default]"
        );
    }

    #[test]
    fn dynamic_values_lie_on_top_of_each_other() {
        let (cluster, node) = (
            map(&[("log.segment.bytes", "3000000")]),
            map(&[("log.segment.bytes", "2000000")]),
        );
        let config = Config::of_profile(Profile::Kafka).layered(&cluster, &node);
        let config = config.expect("allowed");
        let layers = "log.segment.bytes=2000000:Node, log.segment.bytes=3000000:Cluster, \
                      log.segment.bytes=1073741824:Default";
        assert_eq!(
            line(&describe_broker(&config), "log.segment.bytes"),
            format!("2000000 Node [{layers}]")
        );
        let topic = describe_topic(&config, &BTreeMap::new());
        assert_eq!(line(&topic, "segment.bytes"), format!("2000000 Node [{layers}]"));
        let cluster = describe_cluster(&config);
        assert_eq!(cluster.len(), 1);
        assert_eq!(
            line(&cluster, "log.segment.bytes"),
            "3000000 Cluster [log.segment.bytes=3000000:Cluster]"
        );
    }

    #[test]
    fn a_broker_shows_types_and_what_can_change() {
        let described = describe_broker(&Config::of_profile(Profile::Kafka));
        let of = |name: &str| described.iter().find(|d| d.name == name).expect("described");
        assert_eq!(line(&described, "log.retention.ms"), "null Default []");
        assert_eq!(
            line(&described, "log.retention.hours"),
            "168 Default [log.retention.hours=168:Default]"
        );
        assert!(of("num.partitions").read_only && !of("log.segment.bytes").read_only);
        assert!(of("ssl.key.password").sensitive && of("ssl.key.password").value.is_none());
        assert_eq!(of("broker.id").value.as_deref(), Some("1"));
        let number = "1.7976931348623157E308";
        assert_eq!(
            of("log.cleaner.io.max.bytes.per.second").value.as_deref(),
            Some(number)
        );
    }

    #[test]
    fn a_group_falls_back_to_the_broker() {
        let config = Config::of_profile(Profile::Kafka);
        let group = describe_group(&config, &map(&[("consumer.session.timeout.ms", "50000")]));
        assert_eq!(group.len(), 17);
        assert_eq!(
            line(&group, "consumer.session.timeout.ms"),
            "50000 Group [consumer.session.timeout.ms=50000:Group, group.consumer.session.timeout.ms=45000:Default]"
        );
        assert_eq!(
            line(&group, "share.auto.offset.reset"),
            "latest Default [share.auto.offset.reset=latest:Default]"
        );
        let metrics = describe_client_metrics(&map(&[("interval.ms", "5000")]));
        assert_eq!(
            line(&metrics, "interval.ms"),
            "5000 ClientMetrics [interval.ms=5000:ClientMetrics]"
        );
        assert_eq!(line(&metrics, "match"), " Default []");
    }
}
