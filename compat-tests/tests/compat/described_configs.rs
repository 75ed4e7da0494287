//! Every config of the `kafka` profile as DescribeConfigs tells it, against the table of what Apache Kafka tells with the same
//! settings (`scripts/ring-java described` writes it and asks both brokers).

use std::collections::BTreeMap;

use compat_tests::errors::NONE;
use compat_tests::ops::create_topic;
use compat_tests::server::Options;
use compat_tests::wire::{Client, Value};
use compat_tests::{list, obj};

const TABLE: &str = include_str!("described_configs.tsv");
const EXPLAINED: &str = include_str!("described_configs_explained.tsv");

/// What the table was made with.
const SETTINGS: [(&str, &str); 22] = [
    ("background.threads", " 07"),
    ("broker.rack", "r1"),
    ("compression.gzip.level", "-1"),
    ("group.consumer.session.timeout.ms", "46000"),
    ("group.initial.rebalance.delay.ms", "0"),
    ("log.cleaner.min.cleanable.ratio", ".25"),
    ("log.flush.scheduler.interval.ms", "60000"),
    ("log.index.interval.bytes", "4096"),
    ("log.retention.minutes", "20000"),
    ("log.segment.bytes", "16777216"),
    ("made.up", "1"),
    ("message.max.bytes", "2000000"),
    ("node.id", "1"),
    ("num.io.threads", "9"),
    ("offsets.topic.num.partitions", "5"),
    ("offsets.topic.replication.factor", "1"),
    ("replica.alter.log.dirs.io.max.bytes.per.second", "1000"),
    ("ssl.cipher.suites", " a , b,a"),
    ("ssl.key.password", "secret"),
    ("transaction.state.log.min.isr", "1"),
    ("transaction.state.log.replication.factor", "1"),
    ("listener.name.external.max.connections", "5"),
];
const KINDS: [&str; 10] = [
    "UNKNOWN", "BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD",
];
const SOURCES: [&str; 9] = [
    "UNKNOWN",
    "DYNAMIC_TOPIC_CONFIG",
    "DYNAMIC_BROKER_CONFIG",
    "DYNAMIC_DEFAULT_BROKER_CONFIG",
    "STATIC_BROKER_CONFIG",
    "DEFAULT_CONFIG",
    "DYNAMIC_BROKER_LOGGER_CONFIG",
    "DYNAMIC_CLIENT_METRICS_CONFIG",
    "DYNAMIC_GROUP_CONFIG",
];
/// Type of a resource, its name, and what the table calls it.
const RESOURCES: [(i8, &str, &str); 5] = [
    (4, "1", "BROKER"),
    (4, "", "BROKER default"),
    (2, "described", "TOPIC"),
    (32, "described", "GROUP"),
    (16, "described", "CLIENT_METRICS"),
];

fn set(client: &mut Client, kind: i8, name: &str, configs: &[(&str, &str)]) {
    let one = |(name, value): &(&str, &str)| obj! { name: *name, config_operation: 0, value: *value };
    let configs: Vec<Value> = configs.iter().map(one).collect();
    let resource = obj! { resource_type: kind, resource_name: name, configs: configs };
    let answer = client.call("IncrementalAlterConfigs", 1, obj! { resources: list![resource] });
    assert_eq!(answer["responses"][0]["error_code"], NONE, "{answer:?}");
}

fn text(value: &Value) -> &str {
    if value.is_null() { "null" } else { value.str() }
}

/// The line that the table has for it; `...` where no two starts agree.
fn line(of: &str, config: &Value, varies: bool) -> String {
    let source = |config: &Value, key: &str| SOURCES[config[key].int() as usize];
    let synonyms: Vec<String> = config["synonyms"]
        .list()
        .iter()
        .map(|s| {
            format!(
                "{}={}@{}",
                s["name"].str(),
                text(&s["value"]),
                source(s, "source")
            )
        })
        .collect();
    let (read_only, sensitive) = (config["read_only"].bool(), config["is_sensitive"].bool());
    let is_documented = !config["documentation"].is_null() && !config["documentation"].str().is_empty();
    let flags = [(read_only, "read-only"), (sensitive, "sensitive")];
    let flags: String = flags
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, flag)| *flag)
        .collect();
    [
        of,
        config["name"].str(),
        KINDS[config["config_type"].int() as usize],
        if varies { "..." } else { text(&config["value"]) },
        if varies {
            "..."
        } else {
            source(config, "config_source")
        },
        &flags,
        if is_documented {
            "documented"
        } else {
            "undocumented"
        },
        &if varies {
            "...".to_owned()
        } else {
            synonyms.join(";")
        },
    ]
    .join("\t")
}

#[test]
fn every_config_is_described_as_kafka_describes_it() {
    let options = Options::new().arg("--profile").arg("kafka").memory();
    let options = SETTINGS
        .iter()
        .fold(options, |options, (key, value)| options.set(key, value));
    let Some(broker) = options.start() else {
        return;
    };
    let mut client = broker.client();
    let configs = [("retention.ms", "5000"), ("cleanup.policy", "compact")];
    create_topic(&mut client, "described", 1, &configs);
    let of_node = [("log.segment.bytes", "20000000"), ("max.connections", "1000")];
    set(&mut client, 4, "1", &of_node);
    let of_cluster = [
        ("log.segment.bytes", "30000000"),
        ("log.cleaner.threads", "2"),
        ("log.retention.ms", "900000000"),
        ("made.up.too", "1"),
        ("replica.alter.log.dirs.io.max.bytes.per.second", "2000"),
    ];
    set(&mut client, 4, "", &of_cluster);
    set(
        &mut client,
        32,
        "described",
        &[("consumer.session.timeout.ms", "47000")],
    );
    let of_metrics = [("interval.ms", "1000"), ("match", "client_id=a")];
    set(&mut client, 16, "described", &of_metrics);

    let explained: Vec<&str> = EXPLAINED
        .lines()
        .filter_map(|line| Some(line.split_once('\t')?.0))
        .collect();
    let rows = TABLE.lines().filter(|line| !line.starts_with('#'));
    let wanted: BTreeMap<(&str, &str), &str> = rows
        .map(|row| {
            let mut fields = row.split('\t');
            ((fields.next().unwrap_or(""), fields.next().unwrap_or("")), row)
        })
        .filter(|((_, config), _)| !explained.contains(config))
        .collect();
    let mut told = 0;
    for (kind, name, of) in RESOURCES {
        let resource = obj! { resource_type: kind, resource_name: name, configuration_keys: Value::Null };
        let request =
            obj! { resources: list![resource], include_synonyms: true, include_documentation: true };
        let answer = client.call("DescribeConfigs", 4, request);
        let ours = |config: &&Value| {
            let name = config["name"].str();
            !name.starts_with("ottla.") && !explained.contains(&name)
        };
        for config in answer["results"][0]["configs"].list().iter().filter(ours) {
            let row = wanted
                .get(&(of, config["name"].str()))
                .copied()
                .unwrap_or("nothing");
            assert_eq!(line(of, config, row.contains("\t...\t")), row);
            told += 1;
        }
    }
    assert_eq!(told, wanted.len(), "Kafka describes more");
}
