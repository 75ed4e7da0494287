//! Control records of the metadata log and its snapshots: who leads and who votes, where a snapshot begins and ends.

use uuid::Uuid;

use super::builder::BatchBuilder;
use super::checked::CheckedBatch;
use super::control::ControlType;

/// The voter of a quorum whose members may change, as the log names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    /// Its node id.
    pub id: i32,
    /// Id of the folder that its metadata log lies in.
    pub directory: Uuid,
    /// Where it is reached as a controller.
    pub endpoints: Vec<VoterEndpoint>,
    /// Highest version of the quorum's protocol that it speaks.
    pub version_max: i16,
}

/// One listener of a voter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VoterEndpoint {
    /// Name of the listener.
    pub listener: String,
    /// Host.
    pub host: String,
    /// Port.
    pub port: u16,
}

/// A control record of a metadata log, as Ottla writes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlRecord {
    /// LeaderChangeMessage at the start of an epoch; a single voter that voted for itself.
    LeaderChange {
        /// The only voter.
        leader: i32,
    },
    /// SnapshotHeaderRecord.
    SnapshotHeader {
        /// Timestamp of the last record in the snapshot, ms since the epoch.
        last_timestamp: i64,
    },
    /// SnapshotFooterRecord: without it a snapshot is not whole.
    SnapshotFooter,
    /// KRaftVersionRecord: the version of the quorum's protocol from here on.
    QuorumVersion(i16),
    /// VotersRecord: the members of the quorum from here on.
    Voters(Vec<Voter>),
}

impl ControlRecord {
    /// Its type.
    pub fn kind(&self) -> ControlType {
        match self {
            ControlRecord::LeaderChange { .. } => ControlType::LeaderChange,
            ControlRecord::SnapshotHeader { .. } => ControlType::SnapshotHeader,
            ControlRecord::SnapshotFooter => ControlType::SnapshotFooter,
            ControlRecord::QuorumVersion(_) => ControlType::KRaftVersion,
            ControlRecord::Voters(_) => ControlType::KRaftVoters,
        }
    }

    /// The record's value: message version 0, its fields, no tagged ones.
    pub fn value(&self) -> Vec<u8> {
        let mut out = vec![0, 0];
        match self {
            ControlRecord::LeaderChange { leader } => {
                out.extend(leader.to_be_bytes());
                for _voters_then_granting in 0..2 {
                    put_length(&mut out, 1);
                    out.extend(leader.to_be_bytes());
                    out.push(NO_TAGS);
                }
            }
            ControlRecord::SnapshotHeader { last_timestamp } => out.extend(last_timestamp.to_be_bytes()),
            ControlRecord::SnapshotFooter => {}
            ControlRecord::QuorumVersion(version) => out.extend(version.to_be_bytes()),
            ControlRecord::Voters(voters) => {
                put_length(&mut out, voters.len());
                voters.iter().for_each(|voter| put_voter(&mut out, voter));
            }
        }
        out.push(NO_TAGS);
        out
    }
}

/// Control records as one batch.
pub fn control_batch(records: &[ControlRecord], now_ms: i64) -> CheckedBatch {
    let mut builder = BatchBuilder::new(now_ms).control();
    for record in records {
        builder.push(now_ms, Some(&record.kind().key()), Some(&record.value()), &[]);
    }
    builder.build()
}

/// The number of tagged fields.
const NO_TAGS: u8 = 0;

fn put_voter(out: &mut Vec<u8>, voter: &Voter) {
    out.extend(voter.id.to_be_bytes());
    out.extend(voter.directory.as_bytes());
    put_length(out, voter.endpoints.len());
    for endpoint in &voter.endpoints {
        put_text(out, &endpoint.listener);
        put_text(out, &endpoint.host);
        out.extend(endpoint.port.to_be_bytes());
        out.push(NO_TAGS);
    }
    // Levels of kraft.version with their tagged fields, then the voter's.
    out.extend(0i16.to_be_bytes());
    out.extend(voter.version_max.to_be_bytes());
    out.extend([NO_TAGS, NO_TAGS]);
}

/// Puts a compact string of Kafka's flexible versions (KIP-482): its length and one, then its bytes.
pub fn put_text(out: &mut Vec<u8>, text: &str) {
    put_length(out, text.len());
    out.extend(text.bytes());
}

/// A compact length: one more, seven bits to a byte.
fn put_length(out: &mut Vec<u8>, length: usize) {
    let mut left = length + 1;
    while left >= 0x80 {
        out.push((left & 0x7f) as u8 | 0x80);
        left >>= 7;
    }
    out.push(left as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(record: &ControlRecord) -> String {
        record.value().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// As Apache Kafka 4.3.1's generated classes write them.
    #[test]
    fn values_are_kafkas_bytes() {
        let leader = ControlRecord::LeaderChange { leader: 1 };
        assert_eq!(leader.kind().key(), [0, 0, 0, 2]);
        assert_eq!(hex(&leader), "00000000000102000000010002000000010000");
        let header = ControlRecord::SnapshotHeader {
            last_timestamp: 1_795_256_442_608,
        };
        assert_eq!(hex(&header), "0000000001a1fd9f5ef000");
        assert_eq!(hex(&ControlRecord::SnapshotFooter), "000000");
        assert_eq!(hex(&ControlRecord::QuorumVersion(1)), "0000000100");
        let endpoint = |listener: &str, host: &str, port| VoterEndpoint {
            listener: listener.to_owned(),
            host: host.to_owned(),
            port,
        };
        let voter = Voter {
            id: 7,
            directory: Uuid::from_u128(0xcd98_312a_f387_4189_9a27_b0fb_5911_7499),
            endpoints: vec![
                endpoint("CONTROLLER", "broker.example", 9093),
                endpoint("SECOND", "::1", 65_535),
            ],
            version_max: 1,
        };
        let wanted = "00000200000007cd98312af38741899a27b0fb59117499030b434f4e54524f4c4c45520f62726f6b65722e6578616d706c\
                      65238500075345434f4e44043a3a31ffff0000000001000000";
        assert_eq!(hex(&ControlRecord::Voters(vec![voter])), wanted);
    }
}
