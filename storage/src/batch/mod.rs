//! Record batches (format v2): header, proof that one is whole, walking, building.

mod attributes;
mod builder;
mod checked;
mod decompress;
mod error;
mod fuzz;
mod header;
mod input;
mod records;
mod scratch;
#[cfg(test)]
mod tests;
mod walk;

pub use attributes::{Codec, TimestampType};
pub use builder::BatchBuilder;
pub use checked::{BatchRules, CheckedBatch};
pub use error::{BatchError, RecordsError};
pub use fuzz::{fuzz_batch, fuzz_records};
pub use header::{BATCH_HEADER_LEN, BatchHeader};
pub use records::{RecordRef, for_each_record};
pub use scratch::Scratch;
