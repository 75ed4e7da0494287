//! Record batches (format v2): the header view, the proof that a client's batch is whole, the walk over records
//! of every codec, and the one builder. Sources of the rules: Kafka's `DefaultRecordBatch`, `DefaultRecord`,
//! `LogValidator` and `ProduceRequest`.

mod batches;
mod builder;
mod checked;
mod codec;
mod compression;
mod control;
mod control_record;
mod error;
mod for_each;
mod fuzz;
mod header;
mod heads;
mod lz4;
mod recompress;
mod record;
mod retain;
mod scratch;
mod snappy;
mod stream;
mod varint;
mod walk;

#[cfg(test)]
mod tests;

pub use batches::Batches;
pub use builder::BatchBuilder;
pub use checked::{BatchRules, CheckedBatch};
pub use codec::Codec;
pub use compression::Compression;
pub use control::{ControlType, end_txn_marker};
pub use control_record::{ControlRecord, Voter, VoterEndpoint, control_batch, put_text};
pub use error::{BatchError, BatchFault, RECORD_ERRORS_MAX, RecordFault, RecordsError, Rejection};
pub use for_each::for_each_record;
pub use fuzz::{fuzz_batch, fuzz_decompress, fuzz_records};
pub use header::{BATCH_HEADER_LEN, BatchHeader, TimestampType, crc_matches, increment_sequence};
pub use heads::{RecordHead, for_each_head};
pub use record::{Headers, RecordRef};
pub use retain::{RetainRules, Retained, retain_records};
pub use scratch::Scratch;
