//! Share groups and their state.

use crate::config::row::rows;

rows! { Broker;
    "group.share.assignment.interval.ms": Int "1000", ClusterWide Medium, at_least(0)
        => "Least pause between two assignments of a share group.";
    "group.share.assignors": List "simple", ReadOnly Medium, not_empty
        => "Server-side assignors of share groups.";
    "group.share.delivery.count.limit": Int "5", ReadOnly Medium, between(2, 10)
        => "How often a record is delivered to a share group before it is given up.";
    "group.share.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "Heartbeat interval that members of a share group are told.";
    "group.share.initialize.retry.interval.ms": Int "30000", ReadOnly Low, at_least(1), internal
        => "Pause before a failed initialisation of a share partition is tried again.";
    "group.share.max.assignment.interval.ms": Int "15000", ReadOnly Medium, at_least(0)
        => "Largest assignment interval that a share group may set.";
    "group.share.max.delivery.count.limit": Int "10", ReadOnly Medium, between(5, 25)
        => "Largest delivery count limit that a share group may set.";
    "group.share.max.heartbeat.interval.ms": Int "15000", ReadOnly Medium, at_least(1)
        => "Largest heartbeat interval that a share group may set.";
    "group.share.max.partition.max.record.locks": Int "4000", ReadOnly Medium, between(2000, 10_000)
        => "Largest number of locked records per partition that a share group may set.";
    "group.share.max.record.lock.duration.ms": Int "60000", ReadOnly Medium, between(30_000, 3_600_000)
        => "Longest record lock that a share group may set.";
    "group.share.max.session.timeout.ms": Int "60000", ReadOnly Medium, at_least(1)
        => "Largest session timeout that a share group may set.";
    "group.share.max.share.sessions": Int "2000", ReadOnly Medium, at_least(1)
        => "Most share sessions per broker.";
    "group.share.max.size": Int "200", ReadOnly Medium, between(1, 1000)
        => "Most members of a share group.";
    "group.share.min.assignment.interval.ms": Int "0", ReadOnly Medium, at_least(0)
        => "Smallest assignment interval that a share group may set.";
    "group.share.min.delivery.count.limit": Int "2", ReadOnly Medium, between(2, 5)
        => "Smallest delivery count limit that a share group may set.";
    "group.share.min.heartbeat.interval.ms": Int "5000", ReadOnly Medium, at_least(1)
        => "Smallest heartbeat interval that a share group may set.";
    "group.share.min.partition.max.record.locks": Int "100", ReadOnly Medium, between(100, 2000)
        => "Smallest number of locked records per partition that a share group may set.";
    "group.share.min.record.lock.duration.ms": Int "15000", ReadOnly Medium, between(1000, 30_000)
        => "Shortest record lock that a share group may set.";
    "group.share.min.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "Smallest session timeout that a share group may set.";
    "group.share.partition.max.record.locks": Int "2000", ReadOnly Medium, between(100, 10_000)
        => "Most records of a partition that a share group holds locked at once.";
    "group.share.persister.class.name": Text "org.apache.kafka.server.share.persister.DefaultStatePersister", ReadOnly Medium, internal, no_meaning
        => "Java class that stores the state of share groups.";
    "group.share.record.lock.duration.ms": Int "30000", ReadOnly Medium, between(1000, 3_600_000)
        => "How long a delivered record stays locked for its consumer.";
    "group.share.session.timeout.ms": Int "45000", ReadOnly Medium, at_least(1)
        => "A member of a share group silent for so long is removed.";
    "share.coordinator.append.linger.ms": Int "-1", ReadOnly Medium, at_least(-1), no_meaning
        => "How long the share coordinator gathers writes before it appends them; -1 lets it choose.";
    "share.coordinator.cached.buffer.max.bytes": Int "1048588", ClusterWide Medium, at_least(524_288), no_meaning
        => "Largest write buffer that the share coordinator keeps for reuse.";
    "share.coordinator.cold.partition.snapshot.interval.ms": Int "300000", ReadOnly Low, at_least(1), internal
        => "How often quiet share partitions are written as snapshots.";
    "share.coordinator.load.buffer.size": Int "5242880", ReadOnly High, at_least(1), no_meaning
        => "Bytes read at a time when share state is loaded.";
    "share.coordinator.snapshot.update.records.per.snapshot": Int "500", ReadOnly Medium, between(0, 500)
        => "Updates of a share partition between two snapshots.";
    "share.coordinator.state.topic.compression.codec": Int "0", ReadOnly High
        => "Codec of the share state topic by number: 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd.";
    "share.coordinator.state.topic.min.isr": Short "2", ReadOnly High, at_least(1), acted
        => "Replicas that must have a write to the share state topic.";
    "share.coordinator.state.topic.num.partitions": Int "50", ReadOnly High, at_least(1), acted
        => "Partitions of the share state topic; fixed once it exists.";
    "share.coordinator.state.topic.prune.interval.ms": Int "300000", ReadOnly Low, at_least(1), internal
        => "How often superseded records of the share state topic are deleted.";
    "share.coordinator.state.topic.replication.factor": Short "3", ReadOnly High, at_least(1), acted
        => "Replicas of the share state topic. More than there are brokers is capped.";
    "share.coordinator.state.topic.segment.bytes": Int "104857600", ReadOnly High, at_least(1), acted
        => "Segment size of the share state topic.";
    "share.coordinator.threads": Int "1", ReadOnly Medium, at_least(1), no_meaning
        => "Threads of the share coordinator.";
    "share.coordinator.write.timeout.ms": Int "5000", ReadOnly High, at_least(1)
        => "Longest wait for a write to the share state topic.";
    "share.fetch.purgatory.purge.interval.requests": Int "1000", ReadOnly Medium, no_meaning
        => "After how many requests finished waits of ShareFetch are cleared away.";
}
