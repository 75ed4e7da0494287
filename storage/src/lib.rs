//! Ottla's log: Kafka's file layout, offsets, dedupe, epochs, indexes and recovery.

pub mod batch;
pub mod fs;

pub use batch::{
    BATCH_HEADER_LEN, BatchBuilder, BatchError, BatchFault, BatchHeader, BatchRules, Batches, CheckedBatch,
    Codec, ControlType, Headers, RECORD_ERRORS_MAX, RecordFault, RecordRef, RecordsError, Scratch,
    TimestampType, crc_matches, end_txn_marker, for_each_record, increment_sequence,
};
pub use fs::{DirEntry, File, FileLock, FileSystem, OpenMode, RealFs, SimFs};
