//! Control records: what their keys say, and the marker that ends a transaction.

/// The kinds of control records (`ControlRecordType`); the numbers are on disk and frozen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlType {
    /// A producer's transaction was aborted.
    Abort,
    /// A producer's transaction was committed.
    Commit,
    /// A metadata log has a new leader.
    LeaderChange,
    /// First record of a metadata snapshot.
    SnapshotHeader,
    /// Last record of a metadata snapshot.
    SnapshotFooter,
    /// Version of the quorum's protocol.
    KRaftVersion,
    /// Members of the quorum.
    KRaftVoters,
}

const TYPES: [ControlType; 7] = [
    ControlType::Abort,
    ControlType::Commit,
    ControlType::LeaderChange,
    ControlType::SnapshotHeader,
    ControlType::SnapshotFooter,
    ControlType::KRaftVersion,
    ControlType::KRaftVoters,
];

impl ControlType {
    /// The key of such a record: version 0 and the type, two bytes each.
    pub fn key(self) -> [u8; 4] {
        [0, 0, 0, self as u8]
    }

    /// Reads a key; later versions may append fields. `None` for unknown types, which readers skip.
    pub fn from_key(key: &[u8]) -> Option<ControlType> {
        let [version_high, _, type_high, kind] = *key.first_chunk::<4>()?;
        if version_high >= 0x80 || type_high != 0 {
            return None;
        }
        TYPES.get(usize::from(kind)).copied()
    }
}

/// Key and value of the marker that ends a transaction (`EndTxnMarker` v0: version, coordinator epoch).
pub fn end_txn_marker(commit: bool, coordinator_epoch: i32) -> ([u8; 4], [u8; 6]) {
    let kind = if commit {
        ControlType::Commit
    } else {
        ControlType::Abort
    };
    let [a, b, c, d] = coordinator_epoch.to_be_bytes();
    (kind.key(), [0, 0, a, b, c, d])
}
