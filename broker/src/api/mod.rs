//! One file per Kafka API.

pub mod create_partitions;
pub mod create_topics;
pub mod delete_topics;
pub mod describe_cluster;
pub mod describe_topic_partitions;
pub mod init_producer_id;
pub mod metadata;
