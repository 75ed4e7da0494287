//! The log: folders, segments, retention, cleaning, flushing.

use crate::config::row::rows;

rows! { Broker;
    "compression.gzip.level": Int "-1", ClusterWide Medium, gzip_level, acted
        => "Level for topics that recompress with gzip.";
    "compression.lz4.level": Int "9", ClusterWide Medium, between(1, 17), acted
        => "Level for topics that recompress with lz4.";
    "compression.type": Text "producer", ClusterWide High, one_of(&["uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"]), acted
        => "Codec that topics store batches in; producer keeps what the client sent.";
    "compression.zstd.level": Int "3", ClusterWide Medium, between(-131_072, 22), acted
        => "Level for topics that recompress with zstd.";
    "cordoned.log.dirs": List "", PerBroker Medium, acted
        => "Data folders that get no new partitions; * for all of them.";
    "log.cleaner.backoff.ms": Long "15000", ClusterWide Medium, at_least(0), acted
        => "Pause of a compaction thread that found nothing to do.";
    "log.cleaner.dedupe.buffer.size": Long "134217728", ClusterWide Medium, acted
        => "Memory of all compaction threads for the keys they have seen.";
    "log.cleaner.delete.retention.ms": Long "86400000", ClusterWide Medium, at_least(0), acted
        => "How long tombstones of compacted topics are kept.";
    "log.cleaner.enable": Bool "true", ReadOnly Medium, acted
        => "Run the compaction threads.";
    "log.cleaner.io.buffer.load.factor": Double "0.9", ClusterWide Medium, acted
        => "How full the compaction key buffer may get.";
    "log.cleaner.io.buffer.size": Int "524288", ClusterWide Medium, at_least(0), acted
        => "Memory of all compaction threads for reading and writing.";
    "log.cleaner.io.max.bytes.per.second": Double "1.7976931348623157E308", ClusterWide Medium, acted
        => "Most bytes per second that compaction reads and writes together.";
    "log.cleaner.max.compaction.lag.ms": Long "9223372036854775807", ClusterWide Medium, at_least(1), acted
        => "A record is compacted at the latest after so long.";
    "log.cleaner.min.cleanable.ratio": Double "0.5", ClusterWide Medium, between_f(0.0, 1.0), acted
        => "Least share of uncompacted bytes before a log is compacted.";
    "log.cleaner.min.compaction.lag.ms": Long "0", ClusterWide Medium, at_least(0), acted
        => "A record stays uncompacted for at least so long.";
    "log.cleaner.threads": Int "1", ClusterWide Medium, at_least(0), acted
        => "Compaction threads.";
    "log.cleanup.policy": List "delete", ClusterWide Medium, one_of(&["compact", "delete"]), acted
        => "What happens to old segments: delete them, compact them by key, both, or (empty) neither.";
    "log.dir": List "/tmp/kafka-logs", ReadOnly High, not_empty, dev("./ottla-data"), acted
        => "Data folder, used when log.dirs is not set.";
    "log.dir.failure.timeout.ms": Long "30000", ReadOnly Low, at_least(1)
        => "A broker that cannot report a failed data folder for so long stops.";
    "log.dirs": List null, ReadOnly High, not_empty, acted
        => "Data folders, comma-separated.";
    "log.flush.interval.messages": Long "9223372036854775807", ClusterWide High, at_least(1), acted
        => "Sync a log to the disk after so many records.";
    "log.flush.interval.ms": Long null, ClusterWide High, acted
        => "Sync a log to the disk at the latest after so long; null takes log.flush.scheduler.interval.ms.";
    "log.flush.offset.checkpoint.interval.ms": Int "60000", ReadOnly High, at_least(0)
        => "How often recovery points are written down.";
    "log.flush.scheduler.interval.ms": Long "9223372036854775807", ReadOnly High, acted
        => "Stands in for log.flush.interval.ms where that is null. Ottla syncs a log when it is due and needs no schedule.";
    "log.flush.start.offset.checkpoint.interval.ms": Int "60000", ReadOnly High, at_least(0)
        => "How often log start offsets are written down.";
    "log.index.interval.bytes": Int "4096", ClusterWide Medium, at_least(0), acted
        => "One index entry for about so many bytes of log.";
    "log.index.size.max.bytes": Int "10485760", ClusterWide Medium, at_least(4), acted
        => "Size at which an index file is full and its segment rolls.";
    "log.initial.task.delay.ms": Long "30000", ReadOnly Low, at_least(0), acted, internal
        => "Delay after start before the log's background work begins.";
    "log.local.retention.bytes": Long "-2", ClusterWide Medium, at_least(-2)
        => "Bytes of a tiered partition kept on local disk; -2 takes log.retention.bytes.";
    "log.local.retention.ms": Long "-2", ClusterWide Medium, at_least(-2)
        => "How long a tiered partition's segments stay on local disk; -2 takes log.retention.ms.";
    "log.message.timestamp.after.max.ms": Long "3600000", ClusterWide Medium, at_least(0), acted
        => "How far into the future a record's timestamp may lie.";
    "log.message.timestamp.before.max.ms": Long "9223372036854775807", ClusterWide Medium, at_least(0), acted
        => "How far into the past a record's timestamp may lie.";
    "log.message.timestamp.type": Text "CreateTime", ClusterWide Medium, one_of(&["CreateTime", "LogAppendTime"]), acted
        => "Whether records carry the producer's time or the time of their append.";
    "log.preallocate": Bool "false", ClusterWide Medium, acted
        => "Reserve the whole file when a segment is made.";
    "log.retention.bytes": Long "-1", ClusterWide High, acted
        => "Bytes kept per partition before old segments are deleted; -1 for no limit.";
    "log.retention.check.interval.ms": Long "300000", ReadOnly Medium, at_least(1), acted
        => "How often segments past their retention are looked for.";
    "log.retention.hours": Int "168", ReadOnly High, acted
        => "Hours before old segments are deleted; log.retention.minutes and log.retention.ms go before it.";
    "log.retention.minutes": Int null, ReadOnly High, acted
        => "Minutes before old segments are deleted; log.retention.ms goes before it.";
    "log.retention.ms": Long null, ClusterWide High, acted
        => "Milliseconds before old segments are deleted; -1 for no limit.";
    "log.roll.hours": Int "168", ReadOnly High, at_least(1), acted
        => "Hours before a segment rolls although it is not full; log.roll.ms goes before it.";
    "log.roll.jitter.hours": Int "0", ReadOnly High, at_least(0), acted
        => "Random hours taken off log.roll.hours, so that not all segments roll at once.";
    "log.roll.jitter.ms": Long null, ClusterWide High, acted
        => "Random milliseconds taken off log.roll.ms, so that not all segments roll at once.";
    "log.roll.ms": Long null, ClusterWide High, acted
        => "Milliseconds before a segment rolls although it is not full.";
    "log.segment.bytes": Int "1073741824", ClusterWide High, at_least(1_048_576), acted
        => "Size at which a segment rolls.";
    "log.segment.delete.delay.ms": Long "60000", ClusterWide High, at_least(0), acted
        => "Delay between taking a segment out of the log and removing its files.";
    "message.max.bytes": Int "1048588", ClusterWide High, at_least(0), acted
        => "Largest batch accepted, after compression.";
    "num.recovery.threads.per.data.dir": Int "2", ClusterWide High, at_least(1), acted
        => "Threads per data folder that close logs at the stop, and that open (after a crash: recover) those that one request uses first.";
}
