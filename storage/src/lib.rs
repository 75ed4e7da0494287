//! Ottla's log: Kafka's file layout, offsets, dedupe, epochs, indexes and recovery.

pub mod batch;
pub mod folder;
pub mod fs;
pub mod log;
mod sync;

pub use batch::{
    BATCH_HEADER_LEN, BatchBuilder, BatchError, BatchFault, BatchHeader, BatchRules, Batches, CheckedBatch,
    Codec, Compression, ControlRecord, ControlType, Headers, RECORD_ERRORS_MAX, RecordFault, RecordHead,
    RecordRef, RecordsError, Rejection, RetainRules, Retained, Scratch, TimestampType, Voter, VoterEndpoint,
    control_batch, crc_matches, end_txn_marker, for_each_head, for_each_record, increment_sequence, put_text,
    retain_records,
};
pub use folder::{CheckpointEntry, DataFolder, FolderError, FolderIds, OpenHint, decode_uuid, encode_uuid};
pub use fs::{
    DirEntry, DiskSpace, File, FileLock, FileSystem, NameOrder, OpenMode, RealFs, SimFaults, SimFs, SimOp,
    is_disk_failure,
};
pub use log::inspect;
pub use log::{
    AbortedTxn, AppendError, Appended, BatchMeta, Chunk, Cleanable, CompactedSegment, Compaction,
    CompactionError, CompactionLimits, CompactionPlan, CompactionSettings, CompactionStats, DirtyFiles,
    Doomed, Log, LogError, LogOptions, LogView, MemoryBudget, OPEN_FILES_MAX, Peeked, PeekedSegment,
    PendingSwap, ProducerState, ReadError, ReadResult, RecoveryReport, Relocation, Retention,
    RetentionReport, Retired, RetiredBecause, RetiredSegment, TimestampOffset, future_dir_name,
    future_dir_of,
};
