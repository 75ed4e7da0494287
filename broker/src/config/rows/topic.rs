//! Configs of one topic.

use crate::config::row::rows;

rows! { Topic;
    "cleanup.policy": List "delete", ClusterWide Medium, one_of(&["compact", "delete"]), acted
        => "What happens to old segments: delete them, compact them by key, both, or (empty) neither.";
    "compression.gzip.level": Int "-1", ClusterWide Medium, gzip_level, acted
        => "Level when compression.type is gzip.";
    "compression.lz4.level": Int "9", ClusterWide Medium, between(1, 17), acted
        => "Level when compression.type is lz4.";
    "compression.type": Text "producer", ClusterWide Medium, one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), acted
        => "Codec that batches are stored in; producer keeps what the client sent.";
    "compression.zstd.level": Int "3", ClusterWide Medium, between(-131_072, 22), acted
        => "Level when compression.type is zstd.";
    "delete.retention.ms": Long "86400000", ClusterWide Medium, at_least(0), acted
        => "How long tombstones are kept once the topic was compacted over them.";
    "file.delete.delay.ms": Long "60000", ClusterWide Medium, at_least(0), acted
        => "Delay between taking a segment out of the log and removing its files.";
    "flush.messages": Long "9223372036854775807", ClusterWide Medium, at_least(1), acted
        => "Sync to the disk after so many records, before the last of them is answered. With ottla.flush=fsync every write is synced anyway.";
    "flush.ms": Long "9223372036854775807", ClusterWide Medium, at_least(0), acted
        => "Sync to the disk in the background at the latest so long after a write. With ottla.flush=fsync every write is synced anyway.";
    "follower.replication.throttled.replicas": List "", ClusterWide Medium, throttled_replicas
        => "Replicas whose copying is throttled on the follower's side: * or partition:broker pairs.";
    "index.interval.bytes": Int "4096", ClusterWide Medium, at_least(0), acted
        => "One index entry for about so many bytes of log.";
    "internal.segment.bytes": Int null, ClusterWide Medium, internal, acted
        => "Segment size without a lower bound, for tests.";
    "leader.replication.throttled.replicas": List "", ClusterWide Medium, throttled_replicas
        => "Replicas whose copying is throttled on the leader's side: * or partition:broker pairs.";
    "local.retention.bytes": Long "-2", ClusterWide Medium, at_least(-2)
        => "Bytes kept on local disk when the topic is tiered; -2 takes retention.bytes.";
    "local.retention.ms": Long "-2", ClusterWide Medium, at_least(-2)
        => "How long segments stay on local disk when the topic is tiered; -2 takes retention.ms.";
    "max.compaction.lag.ms": Long "9223372036854775807", ClusterWide Medium, at_least(1), acted
        => "A record is compacted at the latest after so long.";
    "max.message.bytes": Int "1048588", ClusterWide Medium, at_least(0), acted
        => "Largest batch accepted, after compression.";
    "message.timestamp.after.max.ms": Long "3600000", ClusterWide Medium, at_least(0), acted
        => "How far into the future a record's timestamp may lie.";
    "message.timestamp.before.max.ms": Long "9223372036854775807", ClusterWide Medium, at_least(0), acted
        => "How far into the past a record's timestamp may lie.";
    "message.timestamp.type": Text "CreateTime", ClusterWide Medium, one_of(&["CreateTime", "LogAppendTime"]), acted
        => "Whether records carry the producer's time or the time of their append.";
    "min.cleanable.dirty.ratio": Double "0.5", ClusterWide Medium, between_f(0.0, 1.0), acted
        => "Least share of uncompacted bytes before the log is compacted.";
    "min.compaction.lag.ms": Long "0", ClusterWide Medium, at_least(0), acted
        => "A record stays uncompacted for at least so long.";
    "min.insync.replicas": Int "1", ClusterWide Medium, at_least(1), acted
        => "Replicas that must have a write before an acks=all producer is answered; at most as many as there are, so on one broker it never holds anybody up.";
    "preallocate": Bool "false", ClusterWide Medium, acted
        => "Reserve the whole file when a segment is made.";
    "remote.log.copy.disable": Bool "false", ClusterWide Medium
        => "Copy nothing more to the tier, and read what is there.";
    "remote.log.delete.on.disable": Bool "false", ClusterWide Medium
        => "Delete tiered data when tiering is turned off.";
    "remote.storage.enable": Bool "false", ClusterWide Medium
        => "Keep old segments in tiered storage.";
    "retention.bytes": Long "-1", ClusterWide Medium, acted
        => "Bytes kept per partition before old segments are deleted; -1 for no limit.";
    "retention.ms": Long "604800000", ClusterWide Medium, at_least(-1), acted
        => "Milliseconds before old segments are deleted; -1 for no limit.";
    "segment.bytes": Int "1073741824", ClusterWide Medium, at_least(1_048_576), acted
        => "Size at which a segment rolls.";
    "segment.index.bytes": Int "10485760", ClusterWide Medium, at_least(4), acted
        => "Size at which an index file is full and its segment rolls.";
    "segment.jitter.ms": Long "0", ClusterWide Medium, at_least(0), acted
        => "Random milliseconds taken off segment.ms, so that not all segments roll at once.";
    "segment.ms": Long "604800000", ClusterWide Medium, at_least(1), acted
        => "Milliseconds before a segment rolls although it is not full.";
    "unclean.leader.election.enable": Bool "false", ClusterWide Medium, acted
        => "Let a replica that is not in sync lead when no other is left, at the price of lost records. On one broker nothing is elected.";
}
