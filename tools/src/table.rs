//! The one table of tools: the scripts in Kafka's `bin`, each with the Java class that it runs there.

use crate::Io;
use crate::{
    acls, api_versions, client_metrics, cluster, configs, console_consumer, console_producer,
    consumer_groups, delete_records, dump_log, features, get_offsets, groups, leader_election, log_dirs,
    perf, quorum, run_class, server_stop, storage_tool, topics, transactions,
};

/// One tool.
#[derive(Clone, Copy)]
pub struct Tool {
    /// Name of the script, without `.sh`.
    pub name: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
    /// Java class that the script runs.
    pub class: &'static str,
    /// Runs it with these arguments; the exit code comes back.
    pub run: fn(&[String], &mut Io<'_>) -> i32,
}

macro_rules! tools {
    ($($name:literal $class:literal $run:path, $summary:literal;)+) => {
        /// Every tool, by name.
        pub const TOOLS: &[Tool] = &[$(Tool {
            name: $name,
            summary: $summary,
            class: $class,
            run: $run,
        }),+];
    };
}

tools! {
    "kafka-acls" "org.apache.kafka.tools.AclCommand" acls::run, "show and change who may do what";
    "kafka-broker-api-versions" "org.apache.kafka.tools.BrokerApiVersionsCommand" api_versions::run, "show which versions brokers speak";
    "kafka-client-metrics" "org.apache.kafka.tools.ClientMetricsCommand" client_metrics::run, "show and change subscriptions to metrics of clients";
    "kafka-cluster" "org.apache.kafka.tools.ClusterTool" cluster::run, "show id and endpoints of the cluster, unregister brokers";
    "kafka-configs" "kafka.admin.ConfigCommand" configs::run, "show and change configs";
    "kafka-console-consumer" "org.apache.kafka.tools.consumer.ConsoleConsumer" console_consumer::run, "print the records of a topic";
    "kafka-console-producer" "org.apache.kafka.tools.ConsoleProducer" console_producer::run, "send lines of standard input as records";
    "kafka-consumer-groups" "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand" consumer_groups::run, "list, describe, reset and delete groups of consumers";
    "kafka-consumer-perf-test" "org.apache.kafka.tools.ConsumerPerformance" perf::run_consumer, "measure how quickly records are read";
    "kafka-delete-records" "org.apache.kafka.tools.DeleteRecordsCommand" delete_records::run, "delete the beginning of partitions";
    "kafka-dump-log" "org.apache.kafka.tools.DumpLogSegments" dump_log::run, "show what stands in logs, indexes and snapshots";
    "kafka-features" "org.apache.kafka.tools.FeatureCommand" features::run, "show, raise and lower feature levels";
    "kafka-get-offsets" "org.apache.kafka.tools.GetOffsetShell" get_offsets::run, "show offsets of partitions by time";
    "kafka-groups" "org.apache.kafka.tools.GroupsCommand" groups::run, "list groups of all kinds";
    "kafka-leader-election" "org.apache.kafka.tools.LeaderElectionCommand" leader_election::run, "elect leaders";
    "kafka-log-dirs" "org.apache.kafka.tools.LogDirsCommand" log_dirs::run, "show what data folders hold";
    "kafka-metadata-quorum" "org.apache.kafka.tools.MetadataQuorumCommand" quorum::run, "show who keeps the metadata log";
    "kafka-producer-perf-test" "org.apache.kafka.tools.ProducerPerformance" perf::run_producer, "measure how quickly records are written";
    "kafka-run-class" "" run_class::run, "run the tool of a Java class";
    "kafka-server-stop" "" server_stop::run, "end the brokers on this machine";
    "kafka-storage" "kafka.tools.StorageTool" storage_tool::run, "format data folders";
    "kafka-topics" "org.apache.kafka.tools.TopicCommand" topics::run, "create, list, describe, alter and delete topics";
    "kafka-transactions" "org.apache.kafka.tools.TransactionsCommand" transactions::run, "show transactions, find and end those that hang";
}

/// The tool of this name, with or without `.sh`.
pub fn find(name: &str) -> Option<&'static Tool> {
    let name = name.strip_suffix(".sh").unwrap_or(name);
    TOOLS.iter().find(|tool| tool.name == name)
}

/// The tool that stands for this Java class.
pub fn find_class(class: &str) -> Option<&'static Tool> {
    TOOLS
        .iter()
        .find(|tool| !tool.class.is_empty() && tool.class == class)
}

#[cfg(test)]
mod tests {
    use super::{TOOLS, find};

    #[test]
    fn the_table_is_in_order_and_found_with_and_without_ending() {
        assert!(TOOLS.is_sorted_by_key(|tool| tool.name));
        for tool in TOOLS {
            for name in [tool.name.to_owned(), format!("{}.sh", tool.name)] {
                assert_eq!(find(&name).map(|found| found.name), Some(tool.name));
            }
        }
        assert!(find("kafka").is_none());
    }
}
