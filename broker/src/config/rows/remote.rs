//! Tiered storage.

use crate::config::row::rows;

rows! { Broker;
    "follower.fetch.last.tiered.offset.enable": Bool "false", ClusterWide Medium
        => "A new replica begins at the last tiered offset instead of copying everything.";
    "remote.fetch.max.wait.ms": Int "500", ClusterWide Medium, at_least(1)
        => "Longest wait for tiered data before a fetch is answered.";
    "remote.list.offsets.request.timeout.ms": Long "30000", ClusterWide Medium, at_least(1)
        => "Longest wait for tiered data before an offset look-up is answered.";
    "remote.log.index.file.cache.total.size.bytes": Long "1073741824", ClusterWide Low, at_least(1)
        => "Disk space for indexes of tiered segments.";
    "remote.log.index.file.cache.ttl.ms": Long "900000", ReadOnly Low, at_least(-1), internal
        => "How long an unused index of a tiered segment stays cached.";
    "remote.log.manager.copier.thread.pool.size": Int "10", ClusterWide Medium, at_least(1), no_meaning
        => "Threads that copy segments to the tier.";
    "remote.log.manager.copy.max.bytes.per.second": Long "9223372036854775807", ClusterWide Medium, at_least(1)
        => "Most bytes per second copied to the tier.";
    "remote.log.manager.copy.quota.window.num": Int "11", ReadOnly Medium, at_least(1)
        => "Samples kept for the quota on copies to the tier.";
    "remote.log.manager.copy.quota.window.size.seconds": Int "1", ReadOnly Medium, at_least(1)
        => "Seconds that one sample of that quota spans.";
    "remote.log.manager.expiration.thread.pool.size": Int "10", ClusterWide Medium, at_least(1), no_meaning
        => "Threads that delete expired segments from the tier.";
    "remote.log.manager.fetch.max.bytes.per.second": Long "9223372036854775807", ClusterWide Medium, at_least(1)
        => "Most bytes per second read from the tier.";
    "remote.log.manager.fetch.quota.window.num": Int "11", ReadOnly Medium, at_least(1)
        => "Samples kept for the quota on reads from the tier.";
    "remote.log.manager.fetch.quota.window.size.seconds": Int "1", ReadOnly Medium, at_least(1)
        => "Seconds that one sample of that quota spans.";
    "remote.log.manager.follower.thread.pool.size": Int "2", ClusterWide Medium, at_least(1), no_meaning
        => "Threads for tiering work of follower partitions.";
    "remote.log.manager.task.interval.ms": Long "30000", ReadOnly Low, at_least(1)
        => "Pause between two rounds of tiering work.";
    "remote.log.manager.task.retry.backoff.max.ms": Long "30000", ReadOnly Low, at_least(1), internal
        => "Longest pause before failed tiering work is tried again.";
    "remote.log.manager.task.retry.backoff.ms": Long "500", ReadOnly Low, at_least(1), internal
        => "First pause before failed tiering work is tried again.";
    "remote.log.manager.task.retry.jitter": Double "0.2", ReadOnly Low, between_f(0.0, 0.5), internal
        => "Random share of the pauses between those tries.";
    "remote.log.manager.thread.pool.size": Int "2", ReadOnly Medium, at_least(1), no_meaning
        => "Threads for tiering work that has no pool of its own.";
    "remote.log.metadata.custom.metadata.max.bytes": Int "128", ReadOnly Low, at_least(0)
        => "Largest note that a tier plug-in may keep with a segment.";
    "remote.log.metadata.manager.class.name": Text "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", ReadOnly Medium, not_empty, no_meaning
        => "Java class that keeps track of tiered segments.";
    "remote.log.metadata.manager.class.path": Text null, ReadOnly Medium, no_meaning
        => "Where to load that class from.";
    "remote.log.metadata.manager.impl.prefix": Text "rlmm.config.", ReadOnly Medium, not_empty, no_meaning
        => "Prefix of configs handed to that class.";
    "remote.log.metadata.manager.listener.name": Text null, ReadOnly Medium, not_empty
        => "Listener that that class connects to.";
    "remote.log.reader.max.pending.tasks": Int "100", ReadOnly Medium, at_least(1), no_meaning
        => "Reads from the tier that may wait; more are refused.";
    "remote.log.reader.threads": Int "10", ClusterWide Medium, at_least(1), no_meaning
        => "Threads that read from the tier.";
    "remote.log.storage.manager.class.name": Text null, ReadOnly Medium, not_empty, no_meaning
        => "Java class that stores tiered segments.";
    "remote.log.storage.manager.class.path": Text null, ReadOnly Medium, no_meaning
        => "Where to load that class from.";
    "remote.log.storage.manager.impl.prefix": Text "rsm.config.", ReadOnly Medium, not_empty, no_meaning
        => "Prefix of configs handed to that class.";
    "remote.log.storage.system.enable": Bool "false", ReadOnly Medium
        => "Allow tiered storage at all.";
}
