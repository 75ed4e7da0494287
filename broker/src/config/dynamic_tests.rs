//! Dynamic values of both levels together: what a change is told (the answers of Apache Kafka 4.3.1), and what a start
//! makes of stored ones.

use std::collections::BTreeMap;

use super::*;

type Map = BTreeMap<String, String>;

fn map(pairs: &[(&str, &str)]) -> Map {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// A broker's configs as they change, one after the other.
struct Levels {
    start: Config,
    cluster: Map,
    node: Map,
}

impl Levels {
    fn new(start: &[(&str, &str)]) -> Levels {
        let mut settings = Settings::new(Profile::Kafka);
        settings.lay(start.iter().copied(), &Source::Set).expect("known");
        Levels {
            start: Config::new(settings).expect("valid"),
            cluster: Map::new(),
            node: Map::new(),
        }
    }

    fn now(&self) -> Config {
        self.start.with_dynamic(&self.cluster, &self.node).0
    }

    fn set(&mut self, target: AlterTarget, name: &str, value: &str) -> Result<(), String> {
        self.change(target, name, AlterOp::Set(value.to_owned()))
    }

    fn change(&mut self, target: AlterTarget, name: &str, op: AlterOp) -> Result<(), String> {
        let (own, beside) = match target {
            AlterTarget::Cluster => (&self.cluster, &self.node),
            _ => (&self.node, &self.cluster),
        };
        let each = [Alteration {
            name: name.to_owned(),
            op,
        }];
        let next =
            alter(&self.now(), target, Current { own, beside }, &each).map_err(|error| error.to_string())?;
        match target {
            AlterTarget::Cluster => self.cluster = next,
            _ => self.node = next,
        }
        Ok(())
    }
}

use AlterTarget::{Broker, Cluster};

const WITHOUT_OVERRIDES: &str = "requirement failed: max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property \
     is set.";

#[test]
fn a_change_is_judged_with_the_other_level() {
    let mut levels = Levels::new(&[]);
    let (limit, overrides) = ("max.connections.per.ip", "max.connections.per.ip.overrides");
    assert_eq!(levels.set(Broker, limit, "0"), Err(WITHOUT_OVERRIDES.to_owned()));
    assert_eq!(levels.set(Cluster, overrides, "127.0.0.1:200"), Ok(()));
    assert_eq!(levels.set(Broker, limit, "0"), Ok(()));
    assert_eq!(
        levels.change(Cluster, overrides, AlterOp::Delete),
        Err(WITHOUT_OVERRIDES.to_owned())
    );
    assert_eq!(
        levels.set(Cluster, "log.roll.ms", "0"),
        Err("requirement failed: log.roll.ms must be greater than or equal to 1".to_owned())
    );
}

#[test]
fn pools_grow_from_what_they_are_and_hold_up_nothing_else() {
    let mut levels = Levels::new(&[]);
    assert_eq!(levels.set(Cluster, "num.io.threads", "16"), Ok(()));
    assert_eq!(levels.set(Cluster, "num.io.threads", "32"), Ok(()));
    assert_eq!(levels.set(Broker, "log.retention.ms", "1000"), Ok(()));
    let refused = "Invalid value org.apache.kafka.common.config.ConfigException: Dynamic thread count update validation \
                   failed for num.io.threads=8, value should be at least half the current value 32 for configuration \
                   Invalid dynamic configuration";
    assert_eq!(levels.set(Broker, "num.io.threads", "8"), Err(refused.to_owned()));
    assert_eq!(levels.set(Broker, "num.io.threads", "16"), Ok(()));
    // The broker's own value hides the cluster's, whatever that is.
    assert_eq!(levels.set(Cluster, "num.io.threads", "100"), Ok(()));
    assert_eq!(levels.now().settings().int("num.io.threads"), 16);
}

#[test]
fn kafka_lets_the_lags_of_compaction_contradict_each_other() {
    let mut levels = Levels::new(&[]);
    assert_eq!(
        levels.set(Cluster, "log.cleaner.max.compaction.lag.ms", "1000"),
        Ok(())
    );
    assert_eq!(
        levels.set(Broker, "log.cleaner.min.compaction.lag.ms", "5000"),
        Ok(())
    );
    assert_eq!(levels.set(Cluster, "message.max.bytes", "2000000"), Ok(()));
    let now = levels.now();
    assert_eq!(now.message_max_bytes, 2_000_000);
    assert_eq!(now.settings().number("log.cleaner.max.compaction.lag.ms"), 1000);
    assert_eq!(now.settings().number("log.cleaner.min.compaction.lag.ms"), 5000);
}

#[test]
fn a_listener_stays_open_to_somebody() {
    let mut levels = Levels::new(&[]);
    let (limit, rate) = (
        "listener.name.plaintext.max.connections",
        "listener.name.plaintext.max.connection.creation.rate",
    );
    let refused = |what: &str| {
        Err(format!(
            "Invalid value org.apache.kafka.common.config.ConfigException: Invalid {what} 0 for configuration Invalid \
             dynamic configuration"
        ))
    };
    assert_eq!(levels.set(Broker, limit, "0"), refused("max.connections"));
    assert_eq!(levels.set(Cluster, limit, "0"), refused("max.connections"));
    assert_eq!(
        levels.set(Broker, "max.connections", "0"),
        refused("max.connections")
    );
    assert_eq!(
        levels.set(Cluster, rate, "0"),
        refused("max.connection.creation.rate")
    );
    assert_eq!(
        levels.set(Broker, "listener.name.other.max.connections", "0"),
        Ok(())
    );
    assert_eq!(
        levels.set(Broker, "listener.name.PLAINTEXT.max.connections", "0"),
        Ok(())
    );
    assert_eq!(levels.set(Broker, limit, "50"), Ok(()));
    assert_eq!(levels.set(Cluster, limit, "0"), Ok(()));
    assert_eq!(levels.set(Cluster, "max.connections", "0"), Ok(()));
    let limit_of = |listener: &str| levels.now().settings().number_on(listener, "max.connections");
    assert_eq!((limit_of("PLAINTEXT"), limit_of("SECOND")), (50, 0));
}

#[test]
fn only_stored_values_that_do_not_fit_the_start_are_left_out() {
    let start = [
        ("listeners", "PLAINTEXT://:1,EXT://:2"),
        (
            "listener.security.protocol.map",
            "PLAINTEXT:PLAINTEXT,EXT:PLAINTEXT",
        ),
        ("inter.broker.listener.name", "EXT"),
    ];
    let mut levels = Levels::new(&start);
    levels.cluster = map(&[
        ("log.retention.ms", "soon"),
        ("max.connections.per.ip", "0"),
        ("message.max.bytes", "2000000"),
        ("no.such", "x"),
    ]);
    levels.node = map(&[
        ("advertised.listeners", "GONE://host:1"),
        ("log.segment.bytes", "3000000"),
        ("max.connections.per.ip.overrides", "127.0.0.1:5"),
    ]);
    let (config, left_out) = levels.start.with_dynamic(&levels.cluster, &levels.node);
    let names: Vec<_> = left_out
        .iter()
        .map(|left| (left.name.as_str(), left.is_of_node))
        .collect();
    assert_eq!(
        names,
        [("log.retention.ms", false), ("advertised.listeners", true)]
    );
    assert!(left_out.iter().all(|left| !left.why.is_empty()));
    let settings = config.settings();
    assert_eq!(config.message_max_bytes, 2_000_000);
    assert_eq!(settings.number("log.segment.bytes"), 3_000_000);
    assert_eq!(
        config.max_connections_per_ip, 0,
        "allowed with the other level's overrides"
    );
    assert_eq!(
        settings.strays().cluster.get("no.such").map(String::as_str),
        Some("x")
    );
    assert!(config.advertised("EXT").is_none());
}
