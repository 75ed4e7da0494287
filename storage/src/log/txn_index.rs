//! The index of aborted transactions (`.txnindex`): Kafka's `AbortedTxn` and `TransactionIndex`.

/// Bytes of an entry: version (i16), then four i64.
pub(super) const ENTRY_BYTES: usize = 34;
/// The version that is written and read.
const VERSION: i16 = 0;

/// A transaction whose abort marker lies in the segment that the index belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AbortedTxn {
    /// Who aborted.
    pub producer_id: i64,
    /// Offset of the transaction's first record in this partition.
    pub first_offset: i64,
    /// Offset of the abort marker.
    pub last_offset: i64,
    /// Last stable offset once the transaction was over: below it nothing is undecided.
    pub last_stable_offset: i64,
}

impl AbortedTxn {
    /// Reads an entry; `None` if it is cut short or of another version.
    pub(super) fn read(bytes: &[u8]) -> Option<AbortedTxn> {
        let (version, rest) = bytes.split_first_chunk::<2>()?;
        if i16::from_be_bytes(*version) != VERSION {
            return None;
        }
        let field = |at: usize| {
            let (field, _) = rest.get(at..)?.split_first_chunk::<8>()?;
            Some(i64::from_be_bytes(*field))
        };
        Some(AbortedTxn {
            producer_id: field(0)?,
            first_offset: field(8)?,
            last_offset: field(16)?,
            last_stable_offset: field(24)?,
        })
    }

    /// Appends the entry's bytes.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&VERSION.to_be_bytes());
        for field in [
            self.producer_id,
            self.first_offset,
            self.last_offset,
            self.last_stable_offset,
        ] {
            out.extend_from_slice(&field.to_be_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn round_trip_and_other_versions() {
        let entry = AbortedTxn {
            producer_id: 7,
            first_offset: 10,
            last_offset: 20,
            last_stable_offset: 15,
        };
        let mut bytes = Vec::new();
        entry.write(&mut bytes);
        assert_eq!(bytes.len(), ENTRY_BYTES);
        assert_eq!(AbortedTxn::read(&bytes), Some(entry));
        assert_eq!(AbortedTxn::read(&bytes[..33]), None);
        bytes[1] = 1;
        assert_eq!(AbortedTxn::read(&bytes), None);
    }
}
