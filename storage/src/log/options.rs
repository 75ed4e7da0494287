//! Settings of one log.

/// How a log rolls and indexes; defaults are Kafka's topic defaults.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogOptions {
    /// `segment.bytes`: a batch that would take the segment above this starts a new one; at most `i32::MAX`.
    pub segment_bytes: u64,
    /// `segment.ms`: a segment whose first batch is this much older than the new batch is closed.
    pub segment_ms: i64,
    /// `segment.jitter.ms`: up to this much is taken off `segment_ms`, differently per partition.
    pub segment_jitter_ms: i64,
    /// `index.interval.bytes`: log bytes between two index entries.
    pub index_interval_bytes: u32,
    /// `segment.index.bytes`: size at which an index counts as full.
    pub segment_index_bytes: u32,
    /// `preallocate`: a new segment's file is made as long as a segment may be, and cut to its batches when it is closed.
    pub preallocate: bool,
    /// `producer.id.expiration.ms`: producers silent for longer are not loaded.
    pub producer_id_expiration_ms: i64,
}

impl Default for LogOptions {
    fn default() -> Self {
        LogOptions {
            segment_bytes: 1 << 30,
            segment_ms: 7 * 24 * 3_600_000,
            segment_jitter_ms: 0,
            index_interval_bytes: 4096,
            segment_index_bytes: 10 << 20,
            preallocate: false,
            producer_id_expiration_ms: 24 * 3_600_000,
        }
    }
}

impl LogOptions {
    /// Largest segment: index positions are 31 bits wide.
    pub(super) fn segment_bytes_max(&self) -> u64 {
        self.segment_bytes.min(i32::MAX as u64)
    }

    /// Entries that fit into an offset index.
    pub(super) fn offset_index_entries_max(&self) -> u32 {
        self.segment_index_bytes / super::offset_index::ENTRY_BYTES as u32
    }

    /// Entries that fit into a time index; one place is kept for the entry that closing writes.
    pub(super) fn time_index_entries_max(&self) -> u32 {
        (self.segment_index_bytes / super::time_index::ENTRY_BYTES as u32).saturating_sub(1)
    }
}
