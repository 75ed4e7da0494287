//! Where Ottla answers differently on purpose, or because it cannot be otherwise. `docs/PROTOCOL.md` shows this table.

use crate::difference::Difference;

/// A difference with its reason.
#[cfg_attr(not(test), expect(dead_code, reason = "the page shows what a run does not"))]
pub struct Explained {
    /// Its name in reports.
    pub id: &'static str,
    pub api: &'static str,
    /// Cases that show it, `*` for any text; none where asking would cost Kafka its only broker.
    pub cases: &'static [&'static str],
    /// Paths in the answer, `*` for any text.
    pub paths: &'static [&'static str],
    pub what: &'static str,
    pub kafka: &'static str,
    pub ottla: &'static str,
}

/// All of them; one that explains nothing in a whole run is an error.
pub const EXPLAINED: &[Explained] = &[
    Explained {
        id: "apis",
        api: "ApiVersions",
        cases: &["*/ApiVersions*", "ApiVersions/*"],
        paths: &[
            "api_keys[36]",
            "api_keys[50]",
            "api_keys[51]",
            "api_keys[7*]",
            "api_keys[8*]",
            "api_keys[9*]",
        ],
        what: "keys 36, 50, 51, 76 to 81, 83 to 92",
        kafka: "advertised",
        ottla: "not built: SASL, SCRAM users, share groups, Streams groups",
    },
    Explained {
        id: "levels-not-built",
        api: "ApiVersions, UpdateFeatures",
        cases: &[
            "*/ApiVersions*",
            "ApiVersions/*",
            "UpdateFeatures/*/share*",
            "UpdateFeatures/*/streams*",
        ],
        paths: &[
            "supported_features[share.version].max_version",
            "supported_features[streams.version].max_version",
            "finalized_features[share.version]",
            "finalized_features[streams.version]",
            "error_code",
            "error_message",
            "results[share.version]",
            "results[streams.version]",
        ],
        what: "`share.version`, `streams.version`",
        kafka: "supported up to 1",
        ottla: "supported up to 0 until share groups and Streams groups are built: a raise is refused with Kafka's text",
    },
    Explained {
        id: "voters-keys",
        api: "ApiVersions",
        cases: &["Controller/ApiVersions*"],
        paths: &[
            "api_keys[1]",
            "api_keys[52]",
            "api_keys[53]",
            "api_keys[54]",
            "api_keys[56]",
            "api_keys[58]",
            "api_keys[59]",
            "api_keys[62]",
            "api_keys[63]",
            "api_keys[67]",
        ],
        what: "a controller's listener, keys 1, 52 to 54, 56, 58, 59, 62, 63, 67, 70, 73, 80 to 82",
        kafka: "advertised: voters and brokers use them among themselves",
        ottla: "not served there: one node is its own quorum",
    },
    Explained {
        id: "no-transactions",
        api: "AddPartitionsToTxn",
        cases: &["AddPartitionsToTxn/*/no-transactions"],
        paths: &["(answer)"],
        what: "v4+, no transactions",
        kafka: "no answer",
        ottla: "an empty answer",
    },
    Explained {
        id: "refused-commit",
        api: "TxnOffsetCommit",
        cases: &["TxnOffsetCommit/v5/unknown-member"],
        paths: &["topics[*].partitions[*].error_code"],
        what: "a member of a group that only a refused commit has named before",
        kafka: "UNKNOWN_MEMBER_ID: the refused commit has made the group",
        ottla: "ILLEGAL_GENERATION: there is no such group",
    },
    Explained {
        id: "isolation",
        api: "ListOffsets",
        cases: &["ListOffsets/*/isolation-unknown"],
        paths: &["topics[listed].partitions[0].*"],
        what: "an isolation level that there is not",
        kafka: "UNKNOWN_SERVER_ERROR: its code stumbles",
        ottla: "taken for READ_UNCOMMITTED",
    },
    Explained {
        id: "produce-refused",
        api: "Produce",
        cases: &["DescribeProducers/Produce-*/gap"],
        paths: &[
            "responses[*].partition_responses[*].error_message",
            "responses[*].partition_responses[*].log_start_offset",
        ],
        what: "a batch whose sequence number does not follow",
        kafka: "no text, and where the log starts",
        ottla: "a text",
    },
    Explained {
        id: "unregister-last",
        api: "UnregisterBroker",
        cases: &[],
        paths: &[],
        what: "the broker that is asked",
        kafka: "forgets it, and its partitions lose their leader",
        ottla: "INVALID_REQUEST: it is the only one",
    },
    Explained {
        id: "resource-twice",
        api: "AlterConfigs",
        cases: &["AlterConfigs/*/resource-twice"],
        paths: &["(answer)"],
        what: "a resource that comes twice",
        kafka: "no answer",
        ottla: "INVALID_REQUEST for both, with the text of IncrementalAlterConfigs",
    },
    Explained {
        id: "own-configs",
        api: "DescribeConfigs",
        cases: &["DescribeConfigs/*"],
        paths: &["results[1].configs[ottla.*"],
        what: "configs of a broker whose names begin with `ottla.`",
        kafka: "unknown",
        ottla: "listed",
    },
    Explained {
        id: "documentation",
        api: "DescribeConfigs",
        cases: &["DescribeConfigs/*/documented"],
        paths: &["*.documentation"],
        what: "the documentation of a config",
        kafka: "Kafka's text",
        ottla: "a text of our own, as docs/CONFIG.md has it",
    },
    Explained {
        id: "unknown-operation",
        api: "IncrementalAlterConfigs",
        cases: &["IncrementalAlterConfigs/*/topic-operation-*"],
        paths: &["responses[*].error_code", "responses[*].error_message"],
        what: "an operation that there is not",
        kafka: "UNKNOWN_SERVER_ERROR without a text: its code stumbles",
        ottla: "INVALID_REQUEST with a text",
    },
    Explained {
        id: "loggers",
        api: "IncrementalAlterConfigs, DescribeConfigs",
        cases: &[],
        paths: &[],
        what: "loggers",
        kafka: "Java classes that have logged",
        ottla: "Ottla's modules, by the names that `--log` takes; FATAL is silence",
    },
    Explained {
        id: "no-threads",
        api: "IncrementalAlterConfigs",
        cases: &["IncrementalAlterConfigs/*/broker-bad-default"],
        paths: &["responses[].error_message"],
        what: "`log.cleaner.threads` of 0",
        kafka: "INVALID_REQUEST with the text of a division by zero",
        ottla: "INVALID_REQUEST with a text",
    },
    Explained {
        id: "many-partitions",
        api: "CreatePartitions",
        cases: &["CreatePartitions/*/count-many*"],
        paths: &["results[*].error_code", "results[*].error_message"],
        what: "more than 10,000 partitions in one request",
        kafka: "for the topic that goes beyond, of which some are made: UNKNOWN_SERVER_ERROR without a text (CreateTopics: POLICY_VIOLATION)",
        ottla: "for the topic that goes beyond, of which none are made: POLICY_VIOLATION with the text of CreateTopics",
    },
    Explained {
        id: "nil-id",
        api: "Metadata",
        cases: &["Metadata/*/by-nothing"],
        paths: &[
            "brokers[1]",
            "cluster_id",
            "controller_id",
            "error_code",
            "topics[]",
        ],
        what: "v12+, a topic with neither name nor id",
        kafka: "UNKNOWN_SERVER_ERROR, without brokers: its code stumbles",
        ottla: "the brokers, and nothing about the topic",
    },
    Explained {
        id: "empty-name",
        api: "DescribeTopicPartitions",
        cases: &["DescribeTopicPartitions/*/name-empty"],
        paths: &["topics[].error_code", "topics[].topic_authorized_operations"],
        what: "an empty name",
        kafka: "UNKNOWN_SERVER_ERROR: its code stumbles",
        ottla: "INVALID_TOPIC_EXCEPTION",
    },
];

impl Explained {
    /// Whether this is the reason of a difference.
    pub fn covers(&self, case: &str, difference: &Difference) -> bool {
        self.cases.iter().any(|pattern| fits(pattern, case))
            && self.paths.iter().any(|pattern| fits(pattern, &difference.path))
    }
}

/// Whether a text fits a pattern in which `*` stands for any text.
pub fn fits(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((head, rest)) => text.strip_prefix(head).is_some_and(|tail| {
            (0..=tail.len()).any(|at| tail.is_char_boundary(at) && fits(rest, &tail[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BEGIN: &str = "<!-- differences:begin -->\n";
    const END: &str = "<!-- differences:end -->";

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(fits("a*c", "abc") && fits("a*c", "ac") && fits("*", "") && fits("*b*", "abc"));
        assert!(!fits("a*c", "ab") && !fits("a", "ab"));
    }

    /// `UPDATE_DOCS=1` rewrites the table.
    #[test]
    fn the_page_shows_the_table() {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/PROTOCOL.md");
        let page = std::fs::read_to_string(&path).unwrap();
        let (head, rest) = page.split_once(BEGIN).unwrap();
        let (_, tail) = rest.split_once(END).unwrap();
        let mut table = "| API | Case | Kafka 4.3 | Ottla |\n| --- | --- | --- | --- |\n".to_owned();
        for row in EXPLAINED {
            table += &format!("| {} | {} | {} | {} |\n", row.api, row.what, row.kafka, row.ottla);
        }
        let wanted = format!("{head}{BEGIN}{table}{END}{tail}");
        if std::env::var_os("UPDATE_DOCS").is_some() {
            std::fs::write(&path, &wanted).unwrap();
        } else {
            assert!(
                page == wanted,
                "docs/PROTOCOL.md is behind: run this test with UPDATE_DOCS=1"
            );
        }
    }
}
