//! Groups and committed offsets.

use crate::config::row::rows;

rows! { Broker;
    "group.consumer.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0), dev("0")
        => "";
    "group.consumer.assignors": List "uniform,range", ReadOnly Medium, not_empty
        => "";
    "group.consumer.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1), dev("200")
        => "";
    "group.consumer.max.assignment.interval.ms": Int "15000", ReadOnly Medium, at_least(0)
        => "";
    "group.consumer.max.heartbeat.interval.ms": Int "15000", ReadOnly Medium, at_least(1)
        => "";
    "group.consumer.max.session.timeout.ms": Int "60000", ReadOnly Medium, at_least(1)
        => "";
    "group.consumer.max.size": Int "2147483647", ReadOnly Medium, at_least(1)
        => "";
    "group.consumer.migration.policy": Text "bidirectional", ReadOnly Medium, one_of_any_case(&["DISABLED", "DOWNGRADE", "UPGRADE", "BIDIRECTIONAL"])
        => "";
    "group.consumer.min.assignment.interval.ms": Int "0", ReadOnly Medium, at_least(0)
        => "";
    "group.consumer.min.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1), dev("200")
        => "";
    "group.consumer.min.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "";
    "group.consumer.regex.refresh.interval.ms": Int "600000", ReadOnly Medium, at_least(10_000), internal
        => "";
    "group.consumer.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "";
    "group.coordinator.append.linger.ms": Int "-1", ReadOnly Medium, at_least(-1)
        => "";
    "group.coordinator.background.threads": Int "2", ReadOnly High, at_least(1)
        => "";
    "group.coordinator.cached.buffer.max.bytes": Int "1048588", ClusterWide Medium, at_least(524_288)
        => "";
    "group.coordinator.rebalance.protocols": List "classic,consumer,streams", ReadOnly Medium, not_empty, one_of(&["consumer", "classic", "share", "streams"])
        => "";
    "group.coordinator.threads": Int "4", ReadOnly High, at_least(1)
        => "";
    "group.initial.rebalance.delay.ms": Int "3000", ReadOnly Medium, dev("0"), acted
        => "";
    "group.max.session.timeout.ms": Int "1800000", ReadOnly Medium, acted
        => "";
    "group.max.size": Int "2147483647", ReadOnly Medium, at_least(1), acted
        => "";
    "group.min.session.timeout.ms": Int "6000", ReadOnly Medium, acted
        => "";
    "group.streams.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "";
    "group.streams.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "";
    "group.streams.initial.rebalance.delay.ms": Int "3000", ReadOnly Medium, at_least(0)
        => "";
    "group.streams.max.assignment.interval.ms": Int "15000", ReadOnly Medium, at_least(0)
        => "";
    "group.streams.max.heartbeat.interval.ms": Int "15000", ReadOnly Medium, at_least(1)
        => "";
    "group.streams.max.session.timeout.ms": Int "60000", ReadOnly Medium, at_least(1)
        => "";
    "group.streams.max.size": Int "2147483647", ReadOnly Medium, at_least(1)
        => "";
    "group.streams.max.standby.replicas": Int "2", ReadOnly Medium, at_least(0)
        => "";
    "group.streams.min.assignment.interval.ms": Int "0", ReadOnly Medium, at_least(0)
        => "";
    "group.streams.min.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "";
    "group.streams.min.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "";
    "group.streams.num.standby.replicas": Int "0", ReadOnly Medium, at_least(0)
        => "";
    "group.streams.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "";
    "offset.metadata.max.bytes": Int "4096", ReadOnly High, acted
        => "";
    "offsets.commit.timeout.ms": Int "5000", ReadOnly High, at_least(1)
        => "";
    "offsets.load.buffer.size": Int "5242880", ReadOnly High, at_least(1)
        => "";
    "offsets.retention.check.interval.ms": Long "600000", ReadOnly High, at_least(1)
        => "";
    "offsets.retention.minutes": Int "10080", ReadOnly High, at_least(1)
        => "";
    "offsets.topic.compression.codec": Int "0", ReadOnly High, acted
        => "";
    "offsets.topic.num.partitions": Int "50", ReadOnly High, at_least(1), acted
        => "";
    "offsets.topic.replication.factor": Short "3", ReadOnly High, at_least(1), acted
        => "";
    "offsets.topic.segment.bytes": Int "104857600", ReadOnly High, at_least(1), acted
        => "";
}
