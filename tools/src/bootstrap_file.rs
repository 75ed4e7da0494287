//! `bootstrap.checkpoint` and the first snapshot of a quorum that may change, as Kafka's format tool writes them.

use storage::{BatchBuilder, CheckedBatch, ControlRecord, Voter, control_batch, put_text};

/// Name of the file with the records that a cluster begins with.
pub(crate) const BOOTSTRAP: &str = "bootstrap.checkpoint";
/// The snapshot before the first record of the metadata log.
pub(crate) const FIRST_SNAPSHOT: &str = "__cluster_metadata-0/00000000000000000000-0000000000.checkpoint";

/// FeatureLevelRecord of Kafka's metadata records.
const FEATURE_LEVEL: u8 = 12;

/// The bytes of `bootstrap.checkpoint` with these feature levels.
pub(crate) fn bootstrap(levels: &[(String, i16)], now_ms: i64) -> Vec<u8> {
    let mut records = BatchBuilder::new(now_ms);
    for (name, level) in levels {
        records.push(now_ms, None, Some(&feature_level(name, *level)), &[]);
    }
    let header = ControlRecord::SnapshotHeader { last_timestamp: 0 };
    let header = control_batch(&[header], now_ms);
    whole(&[header, records.build(), footer(now_ms)])
}

/// The bytes of [`FIRST_SNAPSHOT`]: who votes, and that this may change.
pub(crate) fn first_snapshot(voters: &[Voter], now_ms: i64) -> Vec<u8> {
    let header = [
        ControlRecord::SnapshotHeader {
            last_timestamp: now_ms,
        },
        ControlRecord::QuorumVersion(1),
        ControlRecord::Voters(voters.to_vec()),
    ];
    whole(&[control_batch(&header, now_ms), footer(now_ms)])
}

fn footer(now_ms: i64) -> CheckedBatch {
    control_batch(&[ControlRecord::SnapshotFooter], now_ms)
}

/// The batches one behind the other, numbered from 0.
fn whole(batches: &[CheckedBatch]) -> Vec<u8> {
    let (mut out, mut offset) = (Vec::new(), 0);
    for batch in batches {
        out.extend_from_slice(&batch.head_for(offset, 0));
        out.extend_from_slice(batch.body());
        offset += batch.header().next_offset();
    }
    out
}

/// Frame version, type and version of the record, then name, level and no tagged fields.
fn feature_level(name: &str, level: i16) -> Vec<u8> {
    let mut out = vec![1, FEATURE_LEVEL, 0];
    put_text(&mut out, name);
    out.extend(level.to_be_bytes());
    out.push(0);
    out
}

#[cfg(test)]
mod tests {
    use storage::VoterEndpoint;
    use uuid::Uuid;

    use super::*;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As Apache Kafka 4.3.1's StorageTool wrote them, but for times and checksums.
    #[test]
    fn files_are_those_of_kafkas_tool() {
        let levels = [
            ("metadata.version".to_owned(), 25),
            ("transaction.version".to_owned(), 1),
        ];
        let bytes = bootstrap(&levels, 0);
        assert_eq!(bytes.len(), 282);
        let text = hex(&bytes);
        for part in [
            "0000000000000001000000700000000002",
            "3a000000012e010c00116d657461646174612e76657273696f6e00190000",
            "010c00147472616e73616374696f6e2e76657273696f6e00010000",
            "000000000000000300000",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        let voter = Voter {
            id: 1,
            directory: Uuid::from_u128(0xcd98_312a_f387_4189_9a27_b0fb_5911_7499),
            endpoints: vec![VoterEndpoint {
                listener: "CONTROLLER".to_owned(),
                host: "127.0.0.1".to_owned(),
                port: 29_393,
            }],
            version_max: 1,
        };
        let bytes = first_snapshot(&[voter], 0);
        assert_eq!(bytes.len(), 241);
        let text = hex(&bytes);
        for part in [
            "0800000003160000000000000000000000",
            "08000000050a000000010000",
            "08000000066e00000200000001cd98312af38741899a27b0fb59117499020b434f4e54524f4c4c45520a3132372e302e302e3172d10000000001000000",
        ] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
    }
}
