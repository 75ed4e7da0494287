//! Every topic config that Ottla acts upon has a test, through a client and on a running broker, that shows its effect.

use std::fs;
use std::path::PathBuf;

use ottla::config::{Effect, Scope, row, rows};

const CONFIGS: &str = "compat/topic_configs.rs";
const RULES: &str = "compat/topic_config_rules.rs";
const RETENTION: &str = "compat/topic_retention.rs";
const COMPACTION: &str = "compat/topic_compaction.rs";
const TRANSACTIONS: &str = "compat/transactions.rs";
const COMPRESSION: &str = "compat/compression.rs";

/// A config, a file of `compat-tests/tests`, and its test that sets the config on a topic that exists.
const EFFECTS: &[(&str, &str, &str)] = &[
    (
        "cleanup.policy",
        COMPACTION,
        "cleanup_policy_says_whether_old_values_go",
    ),
    (
        "cleanup.policy",
        "hardship/retention.rs",
        "cleanup_policy_decides_and_changes_act_at_the_next_pass",
    ),
    (
        "compression.gzip.level",
        COMPRESSION,
        "the_type_and_its_level_change_while_in_use",
    ),
    (
        "compression.lz4.level",
        COMPRESSION,
        "the_type_and_its_level_change_while_in_use",
    ),
    (
        "compression.type",
        COMPRESSION,
        "the_type_and_its_level_change_while_in_use",
    ),
    (
        "compression.zstd.level",
        COMPRESSION,
        "the_type_and_its_level_change_while_in_use",
    ),
    (
        "delete.retention.ms",
        COMPACTION,
        "delete_retention_ms_keeps_tombstones_for_a_while",
    ),
    (
        "file.delete.delay.ms",
        RETENTION,
        "file_delete_delay_ms_counts_for_what_goes_from_now_on",
    ),
    (
        "flush.messages",
        CONFIGS,
        "flush_messages_syncs_after_so_many_records",
    ),
    ("flush.ms", CONFIGS, "flush_ms_syncs_in_the_background"),
    (
        "index.interval.bytes",
        CONFIGS,
        "indexes_are_as_dense_and_as_long_as_asked",
    ),
    (
        "internal.segment.bytes",
        CONFIGS,
        "internal_segment_bytes_rolls_sooner_still",
    ),
    (
        "max.compaction.lag.ms",
        COMPACTION,
        "max_compaction_lag_ms_asks_for_compaction_whatever_the_ratio",
    ),
    (
        "max.message.bytes",
        "compat/incremental_alter_configs.rs",
        "a_changed_limit_counts_at_once",
    ),
    (
        "message.timestamp.after.max.ms",
        RULES,
        "timestamps_out_of_bounds_are_refused_with_the_record",
    ),
    (
        "message.timestamp.before.max.ms",
        RULES,
        "timestamps_out_of_bounds_are_refused_with_the_record",
    ),
    ("message.timestamp.type", RULES, "timestamps_are_kept_or_replaced"),
    (
        "min.cleanable.dirty.ratio",
        COMPACTION,
        "min_cleanable_dirty_ratio_holds_compaction_back",
    ),
    (
        "min.compaction.lag.ms",
        COMPACTION,
        "min_compaction_lag_ms_keeps_the_young",
    ),
    ("min.insync.replicas", RULES, "too_few_replicas_hold_nobody_up"),
    ("preallocate", CONFIGS, "preallocate_reserves_and_gives_back"),
    (
        "remote.storage.enable",
        RULES,
        "tiered_storage_is_refused_until_there_is_any",
    ),
    ("retention.bytes", RETENTION, "retention_bytes_keeps_as_much"),
    ("retention.ms", RETENTION, "retention_ms_lets_go_what_is_too_old"),
    ("segment.bytes", CONFIGS, "segment_bytes_rolls"),
    (
        "segment.index.bytes",
        CONFIGS,
        "indexes_are_as_dense_and_as_long_as_asked",
    ),
    (
        "segment.jitter.ms",
        CONFIGS,
        "segment_jitter_ms_rolls_some_partitions_earlier",
    ),
    (
        "segment.ms",
        CONFIGS,
        "segment_ms_rolls_by_the_time_of_the_records",
    ),
    (
        "unclean.leader.election.enable",
        RULES,
        "too_few_replicas_hold_nobody_up",
    ),
];

/// The same for configs of the broker, set when it starts or while it runs.
const OF_BROKER: &[(&str, &str, &str)] = &[
    (
        "ottla.metrics",
        "compat/metrics.rs",
        "nothing_listens_unless_it_is_told_to",
    ),
    (
        "transaction.abort.timed.out.transaction.cleanup.interval.ms",
        TRANSACTIONS,
        "the_time_out_does_not_wait_for_the_clean_up_interval",
    ),
    (
        "transaction.partition.verification.enable",
        TRANSACTIONS,
        "verification_can_be_switched_while_running",
    ),
    (
        "transaction.remove.expired.transaction.cleanup.interval.ms",
        TRANSACTIONS,
        "expired_ids_are_forgotten_by_rounds",
    ),
    (
        "transactional.id.expiration.ms",
        TRANSACTIONS,
        "expired_ids_are_forgotten_by_rounds",
    ),
];

/// The text of a test function, if the file has it.
fn body<'a>(file: &'a str, test: &str) -> Option<&'a str> {
    let (_, rest) = file.split_once(&format!("#[test]\nfn {test}() {{\n"))?;
    rest.split("\n}\n").next()
}

#[test]
fn every_topic_config_that_acts_has_a_test_that_shows_it() {
    let unshown = rows(Scope::Topic)
        .filter(|row| row.effect == Effect::Acts && !EFFECTS.iter().any(|(config, ..)| *config == row.name));
    let names: Vec<&str> = unshown.map(|row| row.name).collect();
    assert!(names.is_empty(), "no test shows what these do: {names:?}");
}

#[test]
fn the_tests_exist_and_set_their_configs() {
    let tests = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../compat-tests/tests"));
    let of_topic = EFFECTS.iter().map(|effect| (Scope::Topic, effect));
    let of_broker = OF_BROKER.iter().map(|effect| (Scope::Broker, effect));
    for (scope, (config, file, test)) in of_topic.chain(of_broker) {
        assert!(row(scope, config).is_some(), "{config} is no config of its kind");
        let text = fs::read_to_string(tests.join(file)).expect(file);
        let body = body(&text, test).unwrap_or_else(|| panic!("{file} has no test {test}"));
        assert!(
            body.contains(&format!("\"{config}\"")),
            "{test} does not set {config}"
        );
    }
}
