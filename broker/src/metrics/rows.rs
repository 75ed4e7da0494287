//! The ONE table of metrics: `/metrics` and `docs/METRICS.md` come from it.

use super::picture::{FolderPicture, Picture};
use super::row::{Measure, Metric, Sample, Value};
use crate::topics::{CONSUMER_OFFSETS, TRANSACTION_STATE};
use crate::transactions::{STATES, TxnState};

/// All metrics, in the order in which they are told.
pub fn metrics() -> &'static [Metric] {
    METRICS
}

const METRICS: &[Metric] = &[
    Metric {
        stem: "ottla_build",
        measure: Measure::Info,
        labels: &["version"],
        doc: "The version that runs.",
        kafka: "kafka.server:type=app-info, attribute version",
        read: |_| {
            let labels = vec![env!("CARGO_PKG_VERSION").to_owned()];
            let value = Value::Info;
            vec![Sample { labels, value }]
        },
    },
    Metric {
        stem: "ottla_start_time",
        measure: Measure::Seconds,
        labels: &[],
        doc: "When the broker began to serve, in seconds since 1970.",
        kafka: "kafka.server:type=app-info, attribute start-time-ms",
        read: |p| Sample::one(Value::Millis(p.started_ms)),
    },
    Metric {
        stem: "ottla_uptime",
        measure: Measure::Seconds,
        labels: &[],
        doc: "How long the broker has served.",
        kafka: "java.lang:type=Runtime, attribute Uptime",
        read: |p| Sample::one(Value::Millis(p.uptime_ms)),
    },
    Metric {
        stem: "ottla_connections",
        measure: Measure::Count,
        labels: &[],
        doc: "Connections of clients that are open; those that read metrics do not count.",
        kafka: "kafka.server:type=socket-server-metrics, attribute connection-count, over all listeners",
        read: |p| Sample::count(p.connections),
    },
    Metric {
        stem: "ottla_topics",
        measure: Measure::Count,
        labels: &[],
        doc: "Topics, the broker's own among them.",
        kafka: "kafka.controller:type=KafkaController,name=GlobalTopicCount",
        read: |p| Sample::count(p.topics),
    },
    Metric {
        stem: "ottla_partitions",
        measure: Measure::Count,
        labels: &[],
        doc: "Partitions of all topics.",
        kafka: "kafka.server:type=ReplicaManager,name=PartitionCount",
        read: |p| Sample::count(p.partitions),
    },
    Metric {
        stem: "ottla_offline_partitions",
        measure: Measure::Count,
        labels: &[],
        doc: "Partitions that can neither be read nor written: their folder failed, or their log is damaged.",
        kafka: "kafka.controller:type=KafkaController,name=OfflinePartitionsCount",
        read: |p| Sample::count(p.offline_partitions),
    },
    Metric {
        stem: "ottla_partitions_with_late_transactions",
        measure: Measure::Count,
        labels: &[],
        doc: "Partitions in use whose oldest open transaction was last written to longer ago than \
              transaction.max.timeout.ms and five minutes: it hangs, and holds readers of committed records up.",
        kafka: "kafka.server:type=ReplicaManager,name=PartitionsWithLateTransactionsCount",
        read: |p| Sample::count(p.late_partitions),
    },
    Metric {
        stem: "ottla_producer_ids",
        measure: Measure::Count,
        labels: &[],
        doc: "Idempotent and transactional producers that partitions in use remember, each once a partition.",
        kafka: "kafka.server:type=ReplicaManager,name=ProducerIdCount",
        read: |p| Sample::count(p.producer_ids),
    },
    Metric {
        stem: "ottla_transactions",
        measure: Measure::Count,
        labels: &["state"],
        doc: "Transactional ids by the state of their transaction.",
        kafka: "no metric; kafka-transactions.sh list tells",
        read: by_transaction_state,
    },
    Metric {
        stem: "ottla_open_transactions",
        measure: Measure::Count,
        labels: &[],
        doc: "Transactions that are going on, or are decided and miss markers.",
        kafka: "no metric; kafka-transactions.sh list tells",
        read: |p| Sample::count(p.transactions.open()),
    },
    Metric {
        stem: "ottla_oldest_open_transaction_age",
        measure: Measure::Seconds,
        labels: &[],
        doc: "How long ago the oldest open transaction began; 0 when none is open.",
        kafka: "no metric; kafka-transactions.sh describe tells",
        read: |p| Sample::one(Value::Millis(oldest_age_ms(p))),
    },
    Metric {
        stem: "ottla_groups",
        measure: Measure::Count,
        labels: &["protocol", "state"],
        doc: "Groups by protocol and state.",
        kafka: "kafka.server:type=group-coordinator-metrics, names group-count (by protocol) and consumer-group-count (by \
                state); kafka.coordinator.group:type=GroupMetadataManager, names NumGroupsEmpty and so on (classic, by state)",
        read: by_group_state,
    },
    Metric {
        stem: "ottla_group_offsets",
        measure: Measure::Count,
        labels: &[],
        doc: "Committed offsets of all groups.",
        kafka: "kafka.coordinator.group:type=GroupMetadataManager,name=NumOffsets",
        read: |p| Sample::count(p.groups.offsets),
    },
    Metric {
        stem: "ottla_failed_coordinator_partitions",
        measure: Measure::Count,
        labels: &["topic"],
        doc: "Partitions of the coordinators' topics that could not be read: what they hold is missing above.",
        kafka: "kafka.server:type=group-coordinator-metrics,name=num-partitions,state=failed",
        read: |p| {
            let line = |topic: &str, count| Sample {
                labels: vec![topic.to_owned()],
                value: Value::Whole(count),
            };
            vec![
                line(CONSUMER_OFFSETS, p.groups.unread_shards),
                line(TRANSACTION_STATE, p.transactions.unread_shards),
            ]
        },
    },
    Metric {
        stem: "ottla_offline_log_dirs",
        measure: Measure::Count,
        labels: &[],
        doc: "Data folders that are out of use until a restart.",
        kafka: "kafka.log:type=LogManager,name=OfflineLogDirectoryCount",
        read: |p| Sample::count(p.folders.iter().filter(|folder| folder.offline).count() as u64),
    },
    Metric {
        stem: "ottla_log_dir_offline",
        measure: Measure::Count,
        labels: &["path"],
        doc: "1 for a data folder that is out of use until a restart, 0 for others; absent in memory.",
        kafka: "kafka.log:type=LogManager,name=LogDirectoryOffline",
        read: |p| by_folder(p, |folder| Some(u64::from(folder.offline))),
    },
    Metric {
        stem: "ottla_log_dir_usable",
        measure: Measure::Bytes,
        labels: &["path"],
        doc: "What the broker may still write to the file system of a data folder; absent in memory.",
        kafka: "no metric; kafka-log-dirs.sh tells usableBytes",
        read: |p| by_folder(p, |folder| folder.space.map(|space| space.available)),
    },
    Metric {
        stem: "ottla_log_dir_total",
        measure: Measure::Bytes,
        labels: &["path"],
        doc: "Size of the file system of a data folder; absent in memory.",
        kafka: "no metric; kafka-log-dirs.sh tells totalBytes",
        read: |p| by_folder(p, |folder| folder.space.map(|space| space.total)),
    },
    Metric {
        stem: "ottla_memory_used",
        measure: Measure::Bytes,
        labels: &[],
        doc: "Memory that records take, with ottla.memory; absent on disk.",
        kafka: "none, it keeps no records in memory",
        read: |p| p.memory.map_or_else(Vec::new, |(used, _)| Sample::count(used)),
    },
    Metric {
        stem: "ottla_memory_limit",
        measure: Measure::Bytes,
        labels: &[],
        doc: "The most memory that records may take (ottla.memory.limit), with ottla.memory; absent on disk.",
        kafka: "none, it keeps no records in memory",
        read: |p| p.memory.map_or_else(Vec::new, |(_, limit)| Sample::count(limit)),
    },
];

fn by_transaction_state(picture: &Picture) -> Vec<Sample> {
    let line = |state: TxnState| Sample {
        labels: vec![state.name().to_owned()],
        value: Value::Whole(picture.transactions.in_state(state)),
    };
    STATES.into_iter().map(line).collect()
}

/// A clock that was set back makes no age negative.
fn oldest_age_ms(picture: &Picture) -> i64 {
    let oldest_ms = picture.transactions.oldest_open_ms;
    oldest_ms.map_or(0, |began_ms| (picture.now_ms - began_ms).max(0))
}

fn by_group_state(picture: &Picture) -> Vec<Sample> {
    let groups = picture.groups.groups.iter();
    let line = |((protocol, state), count): (&(&str, &str), &u64)| Sample {
        labels: vec![(*protocol).to_owned(), (*state).to_owned()],
        value: Value::Whole(*count),
    };
    groups.map(line).collect()
}

fn by_folder(picture: &Picture, read: fn(&FolderPicture) -> Option<u64>) -> Vec<Sample> {
    let line = |folder: &FolderPicture| {
        Some(Sample {
            labels: vec![folder.path.clone()],
            value: Value::Whole(read(folder)?),
        })
    };
    picture.folders.iter().filter_map(line).collect()
}
