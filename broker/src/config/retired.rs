//! Configs of older Kafkas that 4.x does not know any more, and what came in their place.

/// What to use instead of a config that is gone: `Some("")` where nothing is needed; `None` for names that never were.
pub fn retired(name: &str) -> Option<&'static str> {
    if name.starts_with("zookeeper.") || name.starts_with("password.encoder.") {
        return Some("");
    }
    RETIRED.iter().find(|(old, _)| *old == name).map(|(_, new)| *new)
}

const RETIRED: &[(&str, &str)] = &[
    ("advertised.host.name", "advertised.listeners"),
    ("advertised.port", "advertised.listeners"),
    ("broker.id.generation.enable", "node.id"),
    ("control.plane.listener.name", "controller.listener.names"),
    ("delegation.token.master.key", "delegation.token.secret.key"),
    ("group.coordinator.new.enable", ""),
    ("group.coordinator.rebalance.protocols", ""),
    ("host.name", "listeners"),
    ("inter.broker.protocol.version", ""),
    ("leader.imbalance.per.broker.percentage", ""),
    ("log.cleaner.enable", ""),
    ("log.message.downconversion.enable", ""),
    ("log.message.format.version", ""),
    (
        "log.message.timestamp.difference.max.ms",
        "log.message.timestamp.before.max.ms",
    ),
    ("offsets.commit.required.acks", ""),
    ("port", "listeners"),
    ("queued.max.bytes", "queued.max.request.bytes"),
    ("quota.consumer.default", "kafka-configs --entity-type clients"),
    ("quota.producer.default", "kafka-configs --entity-type clients"),
    ("reserved.broker.max.id", ""),
];
