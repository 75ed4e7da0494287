//! Replication.

use crate::config::row::rows;

rows! { Broker;
    "auto.leader.rebalance.enable": Bool "true", ReadOnly High
        => "";
    "default.replication.factor": Int "1", ReadOnly Medium, acted
        => "";
    "leader.imbalance.check.interval.seconds": Long "300", ReadOnly High, at_least(1)
        => "";
    "min.insync.replicas": Int "1", ClusterWide High, at_least(1)
        => "";
    "num.replica.alter.log.dirs.threads": Int null, ReadOnly High
        => "";
    "num.replica.fetchers": Int "1", ClusterWide High, at_least(1)
        => "";
    "replica.fetch.backoff.ms": Int "1000", ReadOnly Medium, at_least(0)
        => "";
    "replica.fetch.max.bytes": Int "1048576", ReadOnly Medium, at_least(0)
        => "";
    "replica.fetch.min.bytes": Int "1", ReadOnly High
        => "";
    "replica.fetch.response.max.bytes": Int "10485760", ReadOnly Medium, at_least(0)
        => "";
    "replica.fetch.wait.max.ms": Int "500", ReadOnly High
        => "";
    "replica.high.watermark.checkpoint.interval.ms": Long "5000", ReadOnly High
        => "";
    "replica.lag.time.max.ms": Long "30000", ReadOnly High
        => "";
    "replica.selector.class": Text null, ReadOnly Medium
        => "";
    "replica.socket.receive.buffer.bytes": Int "65536", ReadOnly High
        => "";
    "replica.socket.timeout.ms": Int "30000", ReadOnly High
        => "";
    "unclean.leader.election.enable": Bool "false", ClusterWide High
        => "";
    "unclean.leader.election.interval.ms": Long "300000", ReadOnly Medium, at_least(1), internal
        => "";
}
