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
        id: "kraft-version",
        api: "UpdateFeatures, ApiVersions",
        cases: &["UpdateFeatures/*/kraft", "UpdateFeatures/ApiVersions-*"],
        paths: &[
            "error_code",
            "error_message",
            "results[kraft.version]",
            "finalized_features[kraft.version]",
        ],
        what: "`kraft.version`",
        kafka: "can be raised to 1: its quorum then takes voters while running",
        ottla: "stays at 0: one node is its own quorum",
    },
    Explained {
        id: "lower-v0",
        api: "UpdateFeatures",
        cases: &["UpdateFeatures/v0/*"],
        paths: &["error_code", "error_message", "results[transaction.version]"],
        what: "v0 with `allow_downgrade`",
        kafka: "never lowers: its controller reads the field of v1 in each version",
        ottla: "lowers",
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
        id: "no-partitions",
        api: "OffsetCommit, OffsetDelete",
        cases: &["OffsetCommit/*/no-partitions", "OffsetDelete/*/no-partitions"],
        paths: &["topics[*]"],
        what: "a topic without partitions",
        kafka: "left out of the answer",
        ottla: "repeated without partitions",
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
        cases: &["CreatePartitions/*/count-many"],
        paths: &["results[*].error_code", "results[*].error_message"],
        what: "more than 10,000 partitions at once",
        kafka: "UNKNOWN_SERVER_ERROR without a text (CreateTopics: POLICY_VIOLATION)",
        ottla: "POLICY_VIOLATION with the text of CreateTopics",
    },
    Explained {
        id: "no-time",
        api: "CreateTopics",
        cases: &["CreateTopics/*/no-time"],
        paths: &["topics[*"],
        what: "a `timeout_ms` of 0 or less",
        kafka: "REQUEST_TIMED_OUT before anything is decided",
        ottla: "decided and answered: nothing takes time",
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
        id: "null-topics-v0",
        api: "Metadata",
        cases: &["Metadata/v0/all-topics"],
        paths: &["(answer)"],
        what: "v0 with null for the topics",
        kafka: "closes the connection",
        ottla: "all topics, as from v1 on",
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
