//! What can be wrong with a batch.

use super::codec::Codec;

/// Most record errors that one refused batch reports; the rest is only counted as refused.
pub const RECORD_ERRORS_MAX: usize = 1024;

/// A batch that must not be appended; each variant is one of the answers that clients know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// The bytes are not what was sent; the client may send again.
    #[error("the batch is corrupt: {0}")]
    Corrupt(BatchFault),
    /// The batch breaks a rule of the format or of the topic.
    #[error("{fault}")]
    Invalid {
        /// What is wrong.
        fault: BatchFault,
        /// Faulty records if the topic's rules are broken: index in the batch and what is wrong with each, at most
        /// [`RECORD_ERRORS_MAX`].
        records: Vec<(i32, Rejection)>,
    },
    /// The codec with this number is unknown, or newer than the request's version allows.
    #[error("compression codec {0} is not supported here")]
    UnsupportedCompression(i16),
    /// Timestamps outside the topic's bounds.
    #[error("One or more records have been rejected due to invalid timestamp")]
    InvalidTimestamp {
        /// Faulty records: index in the batch and what is wrong with each, at most [`RECORD_ERRORS_MAX`].
        records: Vec<(i32, Rejection)>,
    },
    /// Larger than allowed; clients split the batch and send again.
    #[error("the batch has {size} bytes, at most {max} are allowed")]
    TooLarge {
        /// Bytes of the batch, header included; one above the limit where nobody counted on.
        size: usize,
        /// The limit.
        max: usize,
    },
    /// The records decompress to more than the caller wanted to go through.
    #[error("the records decompress to more than {max} bytes")]
    RecordsTooLarge {
        /// The limit.
        max: usize,
    },
}

/// What is wrong with a batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchFault {
    /// Fewer bytes than the batch declares, or none at all.
    #[error("no whole batch: {have} bytes where {want} are declared")]
    Incomplete {
        /// Bytes that are there.
        have: usize,
        /// Bytes that the batch declares (or that a header needs).
        want: usize,
    },
    /// A batch length that no batch can have.
    #[error("batch length {0} is below the minimum")]
    Length(i32),
    /// Not the format v2.
    #[error("magic {0}: only batches of format v2 are accepted")]
    Magic(i8),
    /// A second batch, or anything else behind the first: so many bytes.
    #[error("exactly one batch is allowed, {0} bytes follow it")]
    TrailingBytes(usize),
    /// The checksum does not fit the bytes.
    #[error("stored crc = {stored}, computed crc = {computed}")]
    Crc {
        /// In the header.
        stored: u32,
        /// Of the bytes.
        computed: u32,
    },
    /// A client's batch begins at offset 0; the broker gives offsets.
    #[error("the base offset of a produced batch should be 0, but it is {0}")]
    BaseOffset(i64),
    /// Record count and offset range disagree, or one of them is not positive.
    #[error("the batch declares {record_count} records and last offset delta {last_offset_delta}")]
    Count {
        /// As declared.
        record_count: i32,
        /// As declared.
        last_offset_delta: i32,
    },
    /// Control records come from brokers only.
    #[error("clients are not allowed to write control records")]
    Control,
    /// A producer id without a sequence number.
    #[error("invalid sequence number {base_sequence} in a batch with producer id {producer_id}")]
    Sequence {
        /// As found.
        producer_id: i64,
        /// As found.
        base_sequence: i32,
    },
    /// The record with this index is malformed.
    #[error("record {index}: {fault}")]
    Record {
        /// Position in the batch, from 0.
        index: i32,
        /// What is wrong.
        fault: RecordFault,
    },
    /// Bytes are left behind the last of so many declared records.
    #[error("bytes remain behind the last of {0} records")]
    RecordsRemain(i32),
    /// The codec cannot make sense of the bytes.
    #[error("the records cannot be decompressed as {codec}: {reason}")]
    Undecodable {
        /// As the attributes say.
        codec: Codec,
        /// In the codec's words.
        reason: String,
    },
    /// The codec cannot pack the records.
    #[error("the records cannot be compressed as {codec}: {reason}")]
    Unpackable {
        /// The codec that was wanted.
        codec: Codec,
        /// In the codec's words.
        reason: String,
    },
    /// Records break the topic's rules; the error lists the first of them.
    #[error("One or more records have been rejected due to {0} record errors in total")]
    Rejected(usize),
}

/// Which rule of the topic a record breaks (`LogValidator.validateRecord`), in Kafka's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// A null key on a compacted topic.
    #[error("Compacted topic cannot accept message without key")]
    NoKey,
    /// A timestamp too far from now.
    #[error(
        "Timestamp {timestamp} of message with offset {offset} is out of range. The timestamp should be within \
         [{earliest}, {latest}]"
    )]
    Timestamp {
        /// Of the record (ms since the epoch).
        timestamp: i64,
        /// As the producer counts.
        offset: i64,
        /// Least that is allowed.
        earliest: i64,
        /// Most that is allowed.
        latest: i64,
    },
    /// The batch says that the broker set its time.
    #[error(
        "Invalid timestamp type in message with offset {offset}. Producer should not set timestamp type to \
         LogAppendTime."
    )]
    AppendTimeClaimed {
        /// As the producer counts.
        offset: i64,
    },
}

/// Why the records of a stored batch cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordsError<E> {
    /// The bytes are no batch, or its records are damaged.
    #[error("unreadable batch: {0}")]
    Damaged(String),
    /// What the caller's closure answered.
    #[error("{0}")]
    Stopped(E),
}

impl<E> From<BatchError> for RecordsError<E> {
    fn from(error: BatchError) -> Self {
        RecordsError::Damaged(error.to_string())
    }
}

/// What is wrong with one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordFault {
    /// A field reaches behind the record's end, or a number is too long.
    #[error("invalid record structure")]
    Structure,
    /// The batch ends before the record does.
    #[error("the batch ends inside the record")]
    Truncated,
    /// The declared length is negative.
    #[error("negative record length")]
    Length,
    /// Bytes are left behind the last header.
    #[error("record is longer than its fields")]
    BytesRemain,
    /// The number of headers is negative or more than the record can hold.
    #[error("invalid number of record headers")]
    HeaderCount,
    /// Header keys are never null.
    #[error("invalid negative header key size")]
    HeaderKey,
    /// Offsets in a produced batch count 0, 1, 2, ….
    #[error("offset delta {found} is not the record's index")]
    OffsetDelta {
        /// As found.
        found: i32,
    },
}

impl BatchError {
    pub(super) fn record(index: i32, fault: RecordFault) -> BatchError {
        BatchFault::Record { index, fault }.into()
    }

    pub(super) fn undecodable(codec: Codec, reason: impl ToString) -> BatchError {
        BatchFault::Undecodable {
            codec,
            reason: reason.to_string(),
        }
        .into()
    }

    /// The records that are to blame (index in the batch, reason); empty if the batch as a whole is.
    pub fn record_errors(&self) -> &[(i32, Rejection)] {
        match self {
            BatchError::Invalid { records, .. } | BatchError::InvalidTimestamp { records } => records,
            _ => &[],
        }
    }
}

/// Which answer a fault gets.
impl From<BatchFault> for BatchError {
    fn from(fault: BatchFault) -> BatchError {
        match fault {
            // Kafka cannot frame a batch of an unknown format, but knows that 0 and 1 are only too old.
            BatchFault::Magic(0 | 1) => BatchError::Invalid {
                fault,
                records: Vec::new(),
            },
            BatchFault::Length(_) | BatchFault::Crc { .. } | BatchFault::Magic(_) => {
                BatchError::Corrupt(fault)
            }
            _ => BatchError::Invalid {
                fault,
                records: Vec::new(),
            },
        }
    }
}
