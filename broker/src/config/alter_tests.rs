//! Config changes against the answers of Apache Kafka 4.3.1.

use std::collections::BTreeMap;

use super::*;

type Map = BTreeMap<String, String>;

fn map(pairs: &[(&str, &str)]) -> Map {
    pairs
        .iter()
        .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
        .collect()
}

/// `SET name=value`, `DELETE name`, `APPEND name=value`, `SUBTRACT name=value`.
fn op(text: &str) -> Alteration {
    let (op, rest) = text.split_once(' ').expect("an operation");
    let (name, value) = rest.split_once('=').unwrap_or((rest, ""));
    let op = match op {
        "SET" => AlterOp::Set(value.to_owned()),
        "APPEND" => AlterOp::Append(value.to_owned()),
        "SUBTRACT" => AlterOp::Subtract(value.to_owned()),
        _ => AlterOp::Delete,
    };
    Alteration {
        name: name.to_owned(),
        op,
    }
}

fn altered(target: AlterTarget, current: &Map, text: &str) -> Result<Map, ConfigError> {
    let levels = Current {
        own: current,
        beside: &Map::new(),
    };
    alter(&Config::of_profile(Profile::Kafka), target, levels, &[op(text)])
}

fn invalid(text: &str) -> Result<Map, ConfigError> {
    Err(ConfigError::Invalid(text.to_owned()))
}

fn not_allowed(text: &str) -> Result<Map, ConfigError> {
    Err(ConfigError::NotAllowed(text.to_owned()))
}

#[test]
fn lists_grow_from_the_default_and_shrink_to_nothing() {
    let topic = |current: &Map, text: &str| altered(AlterTarget::Topic, current, text).expect("allowed");
    let mut set = topic(&Map::new(), "APPEND cleanup.policy=compact");
    assert_eq!(set, map(&[("cleanup.policy", "delete,compact")]));
    set = topic(&set, "APPEND cleanup.policy=compact");
    assert_eq!(set, map(&[("cleanup.policy", "delete,compact")]));
    set = topic(&set, "SUBTRACT cleanup.policy=delete");
    assert_eq!(set, map(&[("cleanup.policy", "compact")]));
    set = topic(&set, "SUBTRACT cleanup.policy=compact");
    assert_eq!(set, map(&[("cleanup.policy", "")]));
    assert_eq!(topic(&set, "DELETE cleanup.policy"), Map::new());
    assert_eq!(topic(&set, "DELETE foo"), set);
}

#[test]
fn topic_refusals_are_kafkas() {
    let cases = [
        ("SET foo=x", "Unknown topic config name: foo"),
        (
            "APPEND retention.ms=5",
            "Can't APPEND to key retention.ms because its type is not LIST.",
        ),
        (
            "APPEND foo=5",
            "Can't APPEND to key foo because its type is not LIST.",
        ),
        (
            "SUBTRACT retention.ms=5",
            "Can't SUBTRACT to key retention.ms because its type is not LIST.",
        ),
    ];
    for (text, refusal) in cases {
        assert_eq!(altered(AlterTarget::Topic, &Map::new(), text), invalid(refusal));
    }
    let long = format!("SET leader.replication.throttled.replicas={}", "1".repeat(32_768));
    assert!(altered(AlterTarget::Topic, &Map::new(), &long).is_err());
}

#[test]
fn broker_refusals_are_kafkas() {
    let broker = |text: &str| altered(AlterTarget::Broker, &Map::new(), text);
    let cluster = |text: &str| altered(AlterTarget::Cluster, &Map::new(), text);
    let read_only = not_allowed("Cannot update these configs dynamically: [num.partitions]");
    assert_eq!(broker("SET num.partitions=3"), read_only);
    assert_eq!(cluster("SET num.partitions=3"), read_only);
    assert_eq!(
        broker("SET log.segment.bytes=x"),
        not_allowed("Invalid value x for configuration log.segment.bytes: Not a number of type INT")
    );
    assert_eq!(
        broker("SET log.segment.bytes=1"),
        not_allowed("Invalid value 1 for configuration log.segment.bytes: Value must be at least 1048576")
    );
    assert_eq!(broker("APPEND foo=x"), invalid("Unknown config name: foo"));
    assert_eq!(
        broker("APPEND log.segment.bytes=1"),
        invalid("Config value append is not allowed for config key: log.segment.bytes")
    );
    assert_eq!(
        broker("SUBTRACT log.segment.bytes=1"),
        invalid("Config value subtract is not allowed for config key: log.segment.bytes")
    );
    assert_eq!(
        cluster("SET listeners=PLAINTEXT://:1"),
        not_allowed(
            "Cannot update these configs at default cluster level, broker id must be specified: [listeners]"
        )
    );
    assert_eq!(
        broker("SET ssl.key.password=p"),
        not_allowed(
            "These security configs can be dynamically updated only per-listener using the listener prefix: \
             [ssl.key.password]"
        )
    );
    assert_eq!(
        broker("SET log.retention.ms=0"),
        not_allowed(
            "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
        )
    );
    assert_eq!(broker("SET foo=x"), Ok(map(&[("foo", "x")])));
    assert_eq!(
        broker("SET log.segment.bytes=2000000"),
        Ok(map(&[("log.segment.bytes", "2000000")]))
    );
    assert_eq!(
        broker("APPEND log.cleanup.policy=compact"),
        Ok(map(&[("log.cleanup.policy", "delete,compact")]))
    );
}

#[test]
fn group_and_metrics_refusals_are_kafkas() {
    let group = |text: &str| altered(AlterTarget::Group, &Map::new(), text);
    let at_least = "must be greater than or equal to group.consumer.min";
    let at_most = "must be less than or equal to group.consumer.max";
    assert_eq!(
        group("SET consumer.session.timeout.ms=1"),
        invalid(&format!(
            "consumer.session.timeout.ms {at_least}.session.timeout.ms"
        ))
    );
    assert_eq!(
        group("SET consumer.session.timeout.ms=99999999"),
        invalid(&format!(
            "consumer.session.timeout.ms {at_most}.session.timeout.ms"
        ))
    );
    assert_eq!(
        group("SET consumer.heartbeat.interval.ms=1"),
        invalid(&format!(
            "consumer.heartbeat.interval.ms {at_least}.heartbeat.interval.ms"
        ))
    );
    assert_eq!(
        group("SET consumer.assignment.interval.ms=99999"),
        invalid(&format!(
            "consumer.assignment.interval.ms {at_most}.assignment.interval.ms"
        ))
    );
    assert_eq!(group("SET foo=1"), invalid("Unknown group config name: foo"));
    assert_eq!(
        group("SET share.auto.offset.reset=x"),
        invalid(
            "Invalid value x for configuration share.auto.offset.reset: Invalid value `x` for configuration \
             share.auto.offset.reset. The value must be either 'earliest', 'latest' or of the format \
             'by_duration:<PnDTnHnMn.nS>'."
        )
    );
    assert!(group("SET consumer.session.timeout.ms=50000").is_ok());
    let metrics = |text: &str| altered(AlterTarget::ClientMetrics, &Map::new(), text);
    assert_eq!(
        metrics("SET interval.ms=50"),
        not_allowed("Invalid value 50 for interval.ms, interval must be between 100 and 3600000 (1 hour)")
    );
    assert_eq!(
        metrics("SET match=x"),
        invalid("Illegal client matching pattern: x")
    );
    assert_eq!(
        metrics("SET match=client_id=["),
        invalid("Illegal client matching pattern: client_id=[")
    );
    assert_eq!(
        metrics("SET foo=x"),
        not_allowed("Unknown client metrics configuration: foo")
    );
    assert_eq!(
        metrics("APPEND metrics=a."),
        invalid("Can't APPEND to key metrics because its type is not LIST.")
    );
    assert!(metrics("SET match=client_id=a.*").is_ok());
}
