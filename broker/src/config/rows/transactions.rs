//! Transactions and producer ids.

use crate::config::row::rows;

rows! { Broker;
    "add.partitions.to.txn.retry.backoff.max.ms": Int "100", ReadOnly High, at_least(0), acted
        => "Longest pause between tries to add partitions to a transaction on the server side.";
    "add.partitions.to.txn.retry.backoff.ms": Int "20", ReadOnly High, at_least(1), acted
        => "First pause between tries to add partitions to a transaction on the server side.";
    "producer.id.expiration.check.interval.ms": Int "600000", ReadOnly Low, at_least(1), acted, internal
        => "How often silent producers are looked for.";
    "producer.id.expiration.ms": Int "86400000", ClusterWide Low, at_least(1), acted
        => "A producer that wrote nothing for so long is forgotten, and its duplicates are no longer recognised.";
    "transaction.abort.timed.out.transaction.cleanup.interval.ms": Int "10000", ReadOnly Low, at_least(1), acted
        => "Longest pause between two looks at the deadlines of transactions, and before an abort that failed is tried again \
            (a second at most). A transaction is aborted when its time has come, whatever this says.";
    "transaction.max.timeout.ms": Int "900000", ReadOnly High, at_least(1), acted
        => "Longest transaction timeout that a producer may ask for.";
    "transaction.partition.verification.enable": Bool "true", ClusterWide Low, acted
        => "Check before a transactional write that its partition belongs to the transaction.";
    "transaction.remove.expired.transaction.cleanup.interval.ms": Int "3600000", ReadOnly Low, at_least(1), acted
        => "Expired transactional ids are forgotten together, so often.";
    "transaction.state.log.load.buffer.size": Int "5242880", ReadOnly High, at_least(1), no_meaning
        => "Bytes read at a time when transaction state is loaded.";
    "transaction.state.log.min.isr": Int "2", ReadOnly High, at_least(1), acted
        => "Replicas that must have a write to the transaction topic.";
    "transaction.state.log.num.partitions": Int "50", ReadOnly High, at_least(1), acted
        => "Partitions of the transaction topic; fixed once it exists.";
    "transaction.state.log.replication.factor": Short "3", ReadOnly High, at_least(1), acted
        => "Replicas of the transaction topic. More than there are brokers is capped.";
    "transaction.state.log.segment.bytes": Int "104857600", ReadOnly High, at_least(1), acted
        => "Segment size of the transaction topic.";
    "transaction.two.phase.commit.enable": Bool "false", ReadOnly Low
        => "Allow transactions that an outside coordinator decides (KIP-939).";
    "transactional.id.expiration.ms": Int "604800000", ReadOnly High, at_least(1), acted
        => "A transactional id unused for so long is forgotten.";
}
