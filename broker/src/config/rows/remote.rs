//! Tiered storage.

use crate::config::row::rows;

rows! { Broker;
    "follower.fetch.last.tiered.offset.enable": Bool "false", ClusterWide Medium
        => "";
    "remote.fetch.max.wait.ms": Int "500", ClusterWide Medium, at_least(1)
        => "";
    "remote.list.offsets.request.timeout.ms": Long "30000", ClusterWide Medium, at_least(1)
        => "";
    "remote.log.index.file.cache.total.size.bytes": Long "1073741824", ClusterWide Low, at_least(1)
        => "";
    "remote.log.index.file.cache.ttl.ms": Long "900000", ReadOnly Low, at_least(-1), internal
        => "";
    "remote.log.manager.copier.thread.pool.size": Int "10", ClusterWide Medium, at_least(1)
        => "";
    "remote.log.manager.copy.max.bytes.per.second": Long "9223372036854775807", ClusterWide Medium, at_least(1)
        => "";
    "remote.log.manager.copy.quota.window.num": Int "11", ReadOnly Medium, at_least(1)
        => "";
    "remote.log.manager.copy.quota.window.size.seconds": Int "1", ReadOnly Medium, at_least(1)
        => "";
    "remote.log.manager.expiration.thread.pool.size": Int "10", ClusterWide Medium, at_least(1)
        => "";
    "remote.log.manager.fetch.max.bytes.per.second": Long "9223372036854775807", ClusterWide Medium, at_least(1)
        => "";
    "remote.log.manager.fetch.quota.window.num": Int "11", ReadOnly Medium, at_least(1)
        => "";
    "remote.log.manager.fetch.quota.window.size.seconds": Int "1", ReadOnly Medium, at_least(1)
        => "";
    "remote.log.manager.follower.thread.pool.size": Int "2", ClusterWide Medium, at_least(1)
        => "";
    "remote.log.manager.task.interval.ms": Long "30000", ReadOnly Low, at_least(1)
        => "";
    "remote.log.manager.task.retry.backoff.max.ms": Long "30000", ReadOnly Low, at_least(1), internal
        => "";
    "remote.log.manager.task.retry.backoff.ms": Long "500", ReadOnly Low, at_least(1), internal
        => "";
    "remote.log.manager.task.retry.jitter": Double "0.2", ReadOnly Low, between_f(0.0, 0.5), internal
        => "";
    "remote.log.manager.thread.pool.size": Int "2", ReadOnly Medium, at_least(1)
        => "";
    "remote.log.metadata.custom.metadata.max.bytes": Int "128", ReadOnly Low, at_least(0)
        => "";
    "remote.log.metadata.manager.class.name": Text "org.apache.kafka.server.log.remote.metadata.storage.TopicBasedRemoteLogMetadataManager", ReadOnly Medium, not_empty
        => "";
    "remote.log.metadata.manager.class.path": Text null, ReadOnly Medium
        => "";
    "remote.log.metadata.manager.impl.prefix": Text "rlmm.config.", ReadOnly Medium, not_empty
        => "";
    "remote.log.metadata.manager.listener.name": Text null, ReadOnly Medium, not_empty
        => "";
    "remote.log.reader.max.pending.tasks": Int "100", ReadOnly Medium, at_least(1)
        => "";
    "remote.log.reader.threads": Int "10", ClusterWide Medium, at_least(1)
        => "";
    "remote.log.storage.manager.class.name": Text null, ReadOnly Medium, not_empty
        => "";
    "remote.log.storage.manager.class.path": Text null, ReadOnly Medium
        => "";
    "remote.log.storage.manager.impl.prefix": Text "rsm.config.", ReadOnly Medium, not_empty
        => "";
    "remote.log.storage.system.enable": Bool "false", ReadOnly Medium
        => "";
}
