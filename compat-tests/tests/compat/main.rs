//! Every API in every version through raw frames, and the everyday uses through librdkafka.
//! One binary: each further one would link librdkafka again.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs)]

mod alter_replica_log_dirs;
mod api_versions;
mod codecs;
mod compaction;
mod compat_floor;
mod compression;
mod config_rules;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod consumer_groups;
mod create_partitions;
mod create_topics;
mod delete_groups;
mod delete_records;
mod delete_topics;
mod describe_cluster;
mod describe_configs;
mod describe_groups;
mod describe_log_dirs;
mod describe_topic_partitions;
mod fetch;
mod fetch_sessions;
mod find_coordinator;
mod heartbeat;
mod idempotence;
mod incremental_alter_configs;
mod init_producer_id;
mod join_group;
mod leave_group;
mod list_groups;
mod list_offsets;
mod many_clients;
mod metadata;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod offset_for_leader_epoch;
mod produce;
mod produce_batches;
mod rebalance;
mod sync_group;
mod topic_config_rules;
mod topic_configs;
