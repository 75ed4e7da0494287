//! Configs of one group (resource type GROUP).

use crate::config::row::rows;

rows! { Group;
    "consumer.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0), acted
        => "Least pause between two assignments of this consumer group.";
    "consumer.heartbeat.interval.ms": Int "5000", ClusterWide Medium, at_least(1), acted
        => "Heartbeat interval that members of this consumer group are told.";
    "consumer.session.timeout.ms": Int "45000", ClusterWide Medium, at_least(1), acted
        => "A member of this consumer group silent for so long is removed.";
    "share.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "Least pause between two assignments of this share group.";
    "share.auto.offset.reset": Text "latest", ClusterWide Medium, offset_reset
        => "Where this share group begins a partition that it has not read yet.";
    "share.delivery.count.limit": Int "5", ClusterWide Medium, at_least(2)
        => "How often a record is delivered to this share group before it is given up.";
    "share.heartbeat.interval.ms": Int "5000", ClusterWide Medium, at_least(1)
        => "Heartbeat interval that members of this share group are told.";
    "share.isolation.level": Text "read_uncommitted", ClusterWide Medium, one_of(&["read_committed", "read_uncommitted"])
        => "Whether this share group sees records of open and aborted transactions.";
    "share.partition.max.record.locks": Int "2000", ClusterWide Medium, at_least(100)
        => "Most records of a partition that this share group holds locked at once.";
    "share.record.lock.duration.ms": Int "30000", ClusterWide Medium, at_least(1000)
        => "How long a record delivered to this share group stays locked for its consumer.";
    "share.renew.acknowledge.enable": Bool "true", ClusterWide Medium
        => "Allow members of this share group to renew their locks.";
    "share.session.timeout.ms": Int "45000", ClusterWide Medium, at_least(1)
        => "A member of this share group silent for so long is removed.";
    "streams.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "Least pause between two assignments of this streams group.";
    "streams.heartbeat.interval.ms": Int "5000", ClusterWide Medium, at_least(1)
        => "Heartbeat interval that members of this streams group are told.";
    "streams.initial.rebalance.delay.ms": Int "3000", ClusterWide Medium, at_least(0)
        => "How long this streams group waits for more members before its first assignment.";
    "streams.num.standby.replicas": Int "0", ClusterWide Medium, at_least(0)
        => "Standby replicas of each task of this streams group.";
    "streams.session.timeout.ms": Int "45000", ClusterWide Medium, at_least(1)
        => "A member of this streams group silent for so long is removed.";
}
