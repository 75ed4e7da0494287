//! Entries of the offset index: offset → position of its batch.

/// Bytes of one entry: offset above the base (u31), position in the log file (u31), big-endian.
pub(super) const ENTRY_BYTES: usize = 8;

/// The last offset of a batch and the position at which that batch starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetEntry {
    pub relative_offset: u32,
    pub position: u32,
}

impl OffsetEntry {
    pub fn read(bytes: &[u8]) -> Option<OffsetEntry> {
        let (offset, rest) = bytes.split_first_chunk::<4>()?;
        let (position, _) = rest.split_first_chunk::<4>()?;
        Some(OffsetEntry {
            relative_offset: u32::from_be_bytes(*offset),
            position: u32::from_be_bytes(*position),
        })
    }

    pub fn write(self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.relative_offset.to_be_bytes());
        out.extend_from_slice(&self.position.to_be_bytes());
    }
}
