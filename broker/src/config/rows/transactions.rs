//! Transactions and producer ids.

use crate::config::row::rows;

rows! { Broker;
    "add.partitions.to.txn.retry.backoff.max.ms": Int "100", ReadOnly High, at_least(0)
        => "";
    "add.partitions.to.txn.retry.backoff.ms": Int "20", ReadOnly High, at_least(1)
        => "";
    "producer.id.expiration.check.interval.ms": Int "600000", ReadOnly Low, at_least(1), internal
        => "";
    "producer.id.expiration.ms": Int "86400000", ClusterWide Low, at_least(1), acted
        => "";
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": Int "10000", ReadOnly Low, at_least(1)
        => "";
    "transaction.max.timeout.ms": Int "900000", ReadOnly High, at_least(1)
        => "";
    "transaction.partition.verification.enable": Bool "true", ClusterWide Low
        => "";
    "transaction.remove.expired.transaction.cleanup.interval.ms": Int "3600000", ReadOnly Low, at_least(1)
        => "";
    "transaction.state.log.load.buffer.size": Int "5242880", ReadOnly High, at_least(1)
        => "";
    "transaction.state.log.min.isr": Int "2", ReadOnly High, at_least(1)
        => "";
    "transaction.state.log.num.partitions": Int "50", ReadOnly High, at_least(1)
        => "";
    "transaction.state.log.replication.factor": Short "3", ReadOnly High, at_least(1)
        => "";
    "transaction.state.log.segment.bytes": Int "104857600", ReadOnly High, at_least(1)
        => "";
    "transaction.two.phase.commit.enable": Bool "false", ReadOnly Low
        => "";
    "transactional.id.expiration.ms": Int "604800000", ReadOnly High, at_least(1)
        => "";
}
