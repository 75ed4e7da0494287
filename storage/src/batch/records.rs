//! The records of a stored batch, one after the other.

use std::io::Read;

use super::decompress;
use super::error::RecordsError;
use super::header::{BATCH_HEADER_LEN, BatchHeader};
use super::input::{DECOMPRESSED_BYTES_MAX, Input, SliceInput};
use super::scratch::Scratch;
use super::{Codec, TimestampType};

/// One record, borrowed from its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordRef<'a> {
    /// Its offset.
    pub offset: i64,
    /// Its timestamp in ms: the batch's under LogAppendTime.
    pub timestamp: i64,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value.
    pub value: Option<&'a [u8]>,
}

/// Calls `each` for every record of a batch that is in a log.
///
/// # Errors
/// [`RecordsError::Damaged`] if the batch cannot be read, or what `each` answers.
pub fn for_each_record<E>(
    batch: &[u8],
    _scratch: &mut Scratch,
    mut each: impl FnMut(RecordRef<'_>) -> Result<(), E>,
) -> Result<(), RecordsError<E>> {
    let damaged = |reason: &str| RecordsError::Damaged(reason.to_owned());
    let header = BatchHeader::read(batch).ok_or_else(|| damaged("shorter than a header"))?;
    let body = batch
        .get(BATCH_HEADER_LEN..header.size_in_bytes())
        .ok_or_else(|| damaged("its length is wrong"))?;
    let codec = header.codec().ok_or_else(|| damaged("its codec is unknown"))?;
    let unpacked;
    let records = match codec {
        Codec::None => body,
        codec => {
            unpacked = unpack(codec, body).map_err(|error| RecordsError::Damaged(error.to_string()))?;
            &unpacked
        }
    };
    let mut at = 0;
    for _ in 0..header.record_count {
        let rest = records.get(at..).unwrap_or_default();
        let (record, len) = read_one(rest, &header).ok_or_else(|| damaged("a record is malformed"))?;
        at += len;
        each(record).map_err(RecordsError::Stopped)?;
    }
    Ok(())
}

fn unpack(codec: Codec, body: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    if let Some(source) = decompress::open(codec, body)? {
        source.take(DECOMPRESSED_BYTES_MAX).read_to_end(&mut out)?;
    }
    Ok(out)
}

/// Reads the record at the start of `bytes`, and its length with the size field.
fn read_one<'a>(bytes: &'a [u8], header: &BatchHeader) -> Option<(RecordRef<'a>, usize)> {
    let mut input = SliceInput::new(bytes);
    let size = usize::try_from(input.varint().ok()?).ok()?;
    let total = usize::try_from(input.position()).ok()?.checked_add(size)?;
    let record = bytes.get(..total)?;
    input.byte().ok()?;
    let timestamp_delta = input.varlong().ok()?;
    let offset_delta = input.varint().ok()?;
    let key = field(record, &mut input)?;
    let value = field(record, &mut input)?;
    let timestamp = match header.timestamp_type() {
        TimestampType::LogAppendTime => header.max_timestamp,
        TimestampType::CreateTime => header.base_timestamp.wrapping_add(timestamp_delta),
    };
    let offset = header.base_offset.wrapping_add(i64::from(offset_delta));
    Some((
        RecordRef {
            offset,
            timestamp,
            key,
            value,
        },
        total,
    ))
}

fn field<'a>(record: &'a [u8], input: &mut SliceInput<'_>) -> Option<Option<&'a [u8]>> {
    let len = input.varint().ok()?;
    let Ok(len) = usize::try_from(len) else {
        return (len == -1).then_some(None);
    };
    let start = usize::try_from(input.position()).ok()?;
    let bytes = record.get(start..start.checked_add(len)?)?;
    input.skip(len as u64).ok()?;
    Some(Some(bytes))
}
