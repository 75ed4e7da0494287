//! Configs of one topic.

use crate::config::row::rows;

rows! { Topic;
    "cleanup.policy": List "delete", ClusterWide Medium, one_of(&["compact", "delete"]), acted
        => "";
    "compression.gzip.level": Int "-1", ClusterWide Medium, gzip_level
        => "";
    "compression.lz4.level": Int "9", ClusterWide Medium, between(1, 17)
        => "";
    "compression.type": Text "producer", ClusterWide Medium, one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
        => "";
    "compression.zstd.level": Int "3", ClusterWide Medium, between(-131_072, 22)
        => "";
    "delete.retention.ms": Long "86400000", ClusterWide Medium, at_least(0)
        => "";
    "file.delete.delay.ms": Long "60000", ClusterWide Medium, at_least(0)
        => "";
    "flush.messages": Long "9223372036854775807", ClusterWide Medium, at_least(1)
        => "";
    "flush.ms": Long "9223372036854775807", ClusterWide Medium, at_least(0)
        => "";
    "follower.replication.throttled.replicas": List "", ClusterWide Medium, throttled_replicas
        => "";
    "index.interval.bytes": Int "4096", ClusterWide Medium, at_least(0), acted
        => "";
    "internal.segment.bytes": Int null, ClusterWide Medium, internal, acted
        => "";
    "leader.replication.throttled.replicas": List "", ClusterWide Medium, throttled_replicas
        => "";
    "local.retention.bytes": Long "-2", ClusterWide Medium, at_least(-2)
        => "";
    "local.retention.ms": Long "-2", ClusterWide Medium, at_least(-2)
        => "";
    "max.compaction.lag.ms": Long "9223372036854775807", ClusterWide Medium, at_least(1)
        => "";
    "max.message.bytes": Int "1048588", ClusterWide Medium, at_least(0), acted
        => "";
    "message.timestamp.after.max.ms": Long "3600000", ClusterWide Medium, at_least(0), acted
        => "";
    "message.timestamp.before.max.ms": Long "9223372036854775807", ClusterWide Medium, at_least(0), acted
        => "";
    "message.timestamp.type": Text "CreateTime", ClusterWide Medium, one_of(&["CreateTime", "LogAppendTime"]), acted
        => "";
    "min.cleanable.dirty.ratio": Double "0.5", ClusterWide Medium, between_f(0.0, 1.0)
        => "";
    "min.compaction.lag.ms": Long "0", ClusterWide Medium, at_least(0)
        => "";
    "min.insync.replicas": Int "1", ClusterWide Medium, at_least(1)
        => "";
    "preallocate": Bool "false", ClusterWide Medium
        => "";
    "remote.log.copy.disable": Bool "false", ClusterWide Medium
        => "";
    "remote.log.delete.on.disable": Bool "false", ClusterWide Medium
        => "";
    "remote.storage.enable": Bool "false", ClusterWide Medium
        => "";
    "retention.bytes": Long "-1", ClusterWide Medium
        => "";
    "retention.ms": Long "604800000", ClusterWide Medium, at_least(-1)
        => "";
    "segment.bytes": Int "1073741824", ClusterWide Medium, at_least(1_048_576), acted
        => "";
    "segment.index.bytes": Int "10485760", ClusterWide Medium, at_least(4), acted
        => "";
    "segment.jitter.ms": Long "0", ClusterWide Medium, at_least(0), acted
        => "";
    "segment.ms": Long "604800000", ClusterWide Medium, at_least(1), acted
        => "";
    "unclean.leader.election.enable": Bool "false", ClusterWide Medium
        => "";
}
