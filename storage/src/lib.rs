//! Ottla's log: Kafka's file layout, offsets, dedupe, epochs, indexes and recovery.

pub mod batch;
pub mod fs;

pub use batch::{
    BATCH_HEADER_LEN, BatchBuilder, BatchError, BatchHeader, BatchRules, CheckedBatch, Codec, RecordRef,
    RecordsError, Scratch, TimestampType, for_each_record,
};
pub use fs::{DirEntry, File, FileLock, FileSystem, OpenMode};
