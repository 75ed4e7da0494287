//! Configs of one group (resource type GROUP).

use crate::config::row::rows;

rows! { Group;
    "consumer.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "";
    "consumer.heartbeat.interval.ms": Int "5000", ClusterWide Medium, at_least(1)
        => "";
    "consumer.session.timeout.ms": Int "45000", ClusterWide Medium, at_least(1)
        => "";
    "share.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "";
    "share.auto.offset.reset": Text "latest", ClusterWide Medium, offset_reset
        => "";
    "share.delivery.count.limit": Int "5", ClusterWide Medium, at_least(2)
        => "";
    "share.heartbeat.interval.ms": Int "5000", ClusterWide Medium, at_least(1)
        => "";
    "share.isolation.level": Text "read_uncommitted", ClusterWide Medium, one_of(&["read_committed", "read_uncommitted"])
        => "";
    "share.partition.max.record.locks": Int "2000", ClusterWide Medium, at_least(100)
        => "";
    "share.record.lock.duration.ms": Int "30000", ClusterWide Medium, at_least(1000)
        => "";
    "share.renew.acknowledge.enable": Bool "true", ClusterWide Medium
        => "";
    "share.session.timeout.ms": Int "45000", ClusterWide Medium, at_least(1)
        => "";
    "streams.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "";
    "streams.heartbeat.interval.ms": Int "5000", ClusterWide Medium, at_least(1)
        => "";
    "streams.initial.rebalance.delay.ms": Int "3000", ClusterWide Medium, at_least(0)
        => "";
    "streams.num.standby.replicas": Int "0", ClusterWide Medium, at_least(0)
        => "";
    "streams.session.timeout.ms": Int "45000", ClusterWide Medium, at_least(1)
        => "";
}
