//! The log: folders, segments, retention, cleaning, flushing.

use crate::config::row::rows;

rows! { Broker;
    "compression.gzip.level": Int "-1", ClusterWide Medium, gzip_level
        => "";
    "compression.lz4.level": Int "9", ClusterWide Medium, between(1, 17)
        => "";
    "compression.type": Text "producer", ClusterWide High, one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"])
        => "";
    "compression.zstd.level": Int "3", ClusterWide Medium, between(-131_072, 22)
        => "";
    "cordoned.log.dirs": List "", PerBroker Medium
        => "";
    "log.cleaner.backoff.ms": Long "15000", ClusterWide Medium, at_least(0)
        => "";
    "log.cleaner.dedupe.buffer.size": Long "134217728", ClusterWide Medium
        => "";
    "log.cleaner.delete.retention.ms": Long "86400000", ClusterWide Medium, at_least(0)
        => "";
    "log.cleaner.enable": Bool "true", ReadOnly Medium
        => "";
    "log.cleaner.io.buffer.load.factor": Double "0.9", ClusterWide Medium
        => "";
    "log.cleaner.io.buffer.size": Int "524288", ClusterWide Medium, at_least(0)
        => "";
    "log.cleaner.io.max.bytes.per.second": Double "1.7976931348623157E308", ClusterWide Medium
        => "";
    "log.cleaner.max.compaction.lag.ms": Long "9223372036854775807", ClusterWide Medium, at_least(1)
        => "";
    "log.cleaner.min.cleanable.ratio": Double "0.5", ClusterWide Medium, between_f(0.0, 1.0)
        => "";
    "log.cleaner.min.compaction.lag.ms": Long "0", ClusterWide Medium, at_least(0)
        => "";
    "log.cleaner.threads": Int "1", ClusterWide Medium, at_least(0)
        => "";
    "log.cleanup.policy": List "delete", ClusterWide Medium, one_of(&["compact", "delete"]), acted
        => "";
    "log.dir": List "/tmp/kafka-logs", ReadOnly High, not_empty, dev("./ottla-data"), acted
        => "";
    "log.dir.failure.timeout.ms": Long "30000", ReadOnly Low, at_least(1)
        => "";
    "log.dirs": List null, ReadOnly High, not_empty, acted
        => "";
    "log.flush.interval.messages": Long "9223372036854775807", ClusterWide High, at_least(1)
        => "";
    "log.flush.interval.ms": Long null, ClusterWide High
        => "";
    "log.flush.offset.checkpoint.interval.ms": Int "60000", ReadOnly High, at_least(0)
        => "";
    "log.flush.scheduler.interval.ms": Long "9223372036854775807", ReadOnly High
        => "";
    "log.flush.start.offset.checkpoint.interval.ms": Int "60000", ReadOnly High, at_least(0)
        => "";
    "log.index.interval.bytes": Int "4096", ClusterWide Medium, at_least(0), acted
        => "";
    "log.index.size.max.bytes": Int "10485760", ClusterWide Medium, at_least(4), acted
        => "";
    "log.initial.task.delay.ms": Long "30000", ReadOnly Low, at_least(0), internal
        => "";
    "log.local.retention.bytes": Long "-2", ClusterWide Medium, at_least(-2)
        => "";
    "log.local.retention.ms": Long "-2", ClusterWide Medium, at_least(-2)
        => "";
    "log.message.timestamp.after.max.ms": Long "3600000", ClusterWide Medium, at_least(0), acted
        => "";
    "log.message.timestamp.before.max.ms": Long "9223372036854775807", ClusterWide Medium, at_least(0), acted
        => "";
    "log.message.timestamp.type": Text "CreateTime", ClusterWide Medium, one_of(&["CreateTime", "LogAppendTime"]), acted
        => "";
    "log.preallocate": Bool "false", ClusterWide Medium
        => "";
    "log.retention.bytes": Long "-1", ClusterWide High
        => "";
    "log.retention.check.interval.ms": Long "300000", ReadOnly Medium, at_least(1)
        => "";
    "log.retention.hours": Int "168", ReadOnly High
        => "";
    "log.retention.minutes": Int null, ReadOnly High
        => "";
    "log.retention.ms": Long null, ClusterWide High
        => "";
    "log.roll.hours": Int "168", ReadOnly High, at_least(1), acted
        => "";
    "log.roll.jitter.hours": Int "0", ReadOnly High, at_least(0), acted
        => "";
    "log.roll.jitter.ms": Long null, ClusterWide High, acted
        => "";
    "log.roll.ms": Long null, ClusterWide High, acted
        => "";
    "log.segment.bytes": Int "1073741824", ClusterWide High, at_least(1_048_576), acted
        => "";
    "log.segment.delete.delay.ms": Long "60000", ClusterWide High, at_least(0)
        => "";
    "message.max.bytes": Int "1048588", ClusterWide High, at_least(0), acted
        => "";
    "num.recovery.threads.per.data.dir": Int "2", ClusterWide High, at_least(1)
        => "";
}
