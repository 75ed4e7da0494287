//! Replication.

use crate::config::row::rows;

rows! { Broker;
    "auto.leader.rebalance.enable": Bool "true", ReadOnly High
        => "Give leadership back to preferred replicas in the background.";
    "default.replication.factor": Int "1", ReadOnly Medium, acted
        => "Replicas of a topic that is created without saying how many. In the dev profile, more than there are brokers is capped.";
    "leader.imbalance.check.interval.seconds": Long "300", ReadOnly High, at_least(1)
        => "How often leadership is compared with the preferred replicas.";
    "min.insync.replicas": Int "1", ClusterWide High, at_least(1), acted
        => "Replicas that must have a write before an acks=all producer is answered. More than a topic has is capped.";
    "num.replica.alter.log.dirs.threads": Int null, ReadOnly High, acted
        => "Moves of partitions between data folders that run at once; null for as many as there are folders.";
    "num.replica.fetchers": Int "1", ClusterWide High, at_least(1)
        => "Threads that copy from one leader broker.";
    "replica.fetch.backoff.ms": Int "1000", ReadOnly Medium, at_least(0)
        => "Pause after a failed fetch from a leader.";
    "replica.fetch.max.bytes": Int "1048576", ReadOnly Medium, at_least(0)
        => "Bytes asked of a leader per partition; a single larger batch still passes.";
    "replica.fetch.min.bytes": Int "1", ReadOnly High
        => "Least bytes that a leader answers with before the wait is over.";
    "replica.fetch.response.max.bytes": Int "10485760", ReadOnly Medium, at_least(0)
        => "Bytes asked of a leader in one reply.";
    "replica.fetch.wait.max.ms": Int "500", ReadOnly High
        => "Longest wait of a leader for new data.";
    "replica.high.watermark.checkpoint.interval.ms": Long "5000", ReadOnly High
        => "How often high watermarks are written down.";
    "replica.lag.time.max.ms": Long "30000", ReadOnly High
        => "A replica that has not caught up for so long leaves the in-sync set.";
    "replica.selector.class": Text null, ReadOnly Medium, no_meaning
        => "Java class that chooses the replica a consumer reads from.";
    "replica.socket.receive.buffer.bytes": Int "65536", ReadOnly High, no_meaning
        => "Receive buffer of sockets to leaders.";
    "replica.socket.timeout.ms": Int "30000", ReadOnly High
        => "How long a request to a leader may take on its socket.";
    "unclean.leader.election.enable": Bool "false", ClusterWide High, acted
        => "Let a replica that is not in sync lead when no other is left, at the price of lost records.";
    "unclean.leader.election.interval.ms": Long "300000", ReadOnly Medium, at_least(1), internal
        => "How often such elections are looked for.";
}
