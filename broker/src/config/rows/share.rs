//! Share groups and their state.

use crate::config::row::rows;

rows! { Broker;
    "group.share.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "";
    "group.share.assignors": List "simple", ReadOnly Medium, not_empty
        => "";
    "group.share.delivery.count.limit": Int "5", ReadOnly Medium, between(2, 10)
        => "";
    "group.share.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "";
    "group.share.initialize.retry.interval.ms": Int "30000", ReadOnly Low, at_least(1), internal
        => "";
    "group.share.max.assignment.interval.ms": Int "15000", ReadOnly Medium, at_least(0)
        => "";
    "group.share.max.delivery.count.limit": Int "10", ReadOnly Medium, between(5, 25)
        => "";
    "group.share.max.heartbeat.interval.ms": Int "15000", ReadOnly Medium, at_least(1)
        => "";
    "group.share.max.partition.max.record.locks": Int "4000", ReadOnly Medium, between(2000, 10_000)
        => "";
    "group.share.max.record.lock.duration.ms": Int "60000", ReadOnly Medium, between(30_000, 3_600_000)
        => "";
    "group.share.max.session.timeout.ms": Int "60000", ReadOnly Medium, at_least(1)
        => "";
    "group.share.max.share.sessions": Int "2000", ReadOnly Medium, at_least(1)
        => "";
    "group.share.max.size": Int "200", ReadOnly Medium, between(1, 1000)
        => "";
    "group.share.min.assignment.interval.ms": Int "0", ReadOnly Medium, at_least(0)
        => "";
    "group.share.min.delivery.count.limit": Int "2", ReadOnly Medium, between(2, 5)
        => "";
    "group.share.min.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "";
    "group.share.min.partition.max.record.locks": Int "100", ReadOnly Medium, between(100, 2000)
        => "";
    "group.share.min.record.lock.duration.ms": Int "15000", ReadOnly Medium, between(1000, 30_000)
        => "";
    "group.share.min.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "";
    "group.share.partition.max.record.locks": Int "2000", ReadOnly Medium, between(100, 10_000)
        => "";
    "group.share.persister.class.name": Text "org.apache.kafka.server.share.persister.DefaultStatePersister", ReadOnly Medium, internal
        => "";
    "group.share.record.lock.duration.ms": Int "30000", ReadOnly Medium, between(1000, 3_600_000)
        => "";
    "group.share.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "";
    "share.coordinator.append.linger.ms": Int "-1", ReadOnly Medium, at_least(-1)
        => "";
    "share.coordinator.cached.buffer.max.bytes": Int "1048588", ClusterWide Medium, at_least(524_288)
        => "";
    "share.coordinator.cold.partition.snapshot.interval.ms": Int "300000", ReadOnly Low, at_least(1), internal
        => "";
    "share.coordinator.load.buffer.size": Int "5242880", ReadOnly High, at_least(1)
        => "";
    "share.coordinator.snapshot.update.records.per.snapshot": Int "500", ReadOnly Medium, between(0, 500)
        => "";
    "share.coordinator.state.topic.compression.codec": Int "0", ReadOnly High
        => "";
    "share.coordinator.state.topic.min.isr": Short "2", ReadOnly High, at_least(1)
        => "";
    "share.coordinator.state.topic.num.partitions": Int "50", ReadOnly High, at_least(1)
        => "";
    "share.coordinator.state.topic.prune.interval.ms": Int "300000", ReadOnly Low, at_least(1), internal
        => "";
    "share.coordinator.state.topic.replication.factor": Short "3", ReadOnly High, at_least(1)
        => "";
    "share.coordinator.state.topic.segment.bytes": Int "104857600", ReadOnly High, at_least(1)
        => "";
    "share.coordinator.threads": Int "1", ReadOnly Medium, at_least(1)
        => "";
    "share.coordinator.write.timeout.ms": Int "5000", ReadOnly High, at_least(1)
        => "";
    "share.fetch.purgatory.purge.interval.requests": Int "1000", ReadOnly Medium
        => "";
}
