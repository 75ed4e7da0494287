//! What lies in front of a record's value: enough to find a record or to decide whether compaction keeps it. However
//! large a value is, it is passed by and never held.

use super::codec::Codec;
use super::error::{BatchError, RecordFault, RecordsError};
use super::for_each::stored_batch;
use super::header::{BatchHeader, TimestampType};
use super::record::RecordFields;
use super::scratch::Scratch;
use super::stream::{Stream, StreamFault};
use super::varint;
use super::walk::next_record;

/// A record of a stored batch without its value and headers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordHead<'a> {
    /// Its offset in the partition.
    pub offset: i64,
    /// Its time (ms since the epoch, -1 = none), or the append time of its batch.
    pub timestamp: i64,
    /// `None` = null.
    pub key: Option<&'a [u8]>,
    /// The value is not null: no tombstone.
    pub has_value: bool,
}

/// Calls `f` with the head of every record of one stored batch of any codec, in order, and stops at its first error.
/// Holds a window of the decompressed bytes and one key; otherwise as `for_each_record`.
pub fn for_each_head<E>(
    batch: &[u8],
    scratch: &mut Scratch,
    mut f: impl FnMut(RecordHead<'_>) -> Result<(), E>,
) -> Result<(), RecordsError<E>> {
    let (header, codec, body) = stored_batch(batch)?;
    if codec == Codec::None {
        let mut at = 0;
        for index in 0..header.record_count {
            let fields = next_record(body, &mut at)
                .and_then(RecordFields::parse)
                .map_err(|fault| BatchError::record(index, fault))?;
            let head = RecordHead {
                offset: header.base_offset.wrapping_add(i64::from(fields.offset_delta)),
                timestamp: timestamp_of(&header, fields.timestamp_delta),
                key: fields.key,
                has_value: fields.value.is_some(),
            };
            f(head).map_err(RecordsError::Stopped)?;
        }
        return Ok(());
    }
    if header.record_count == 0 {
        return Ok(());
    }
    scratch.decompress(codec, body, |stream, key| {
        for index in 0..header.record_count {
            let record = StreamedHead::read(stream, key).map_err(|fault| fault.at(index))?;
            f(record.head(&header, key)).map_err(RecordsError::Stopped)?;
            stream.skip(record.left).map_err(|fault| fault.at(index))?;
        }
        // Reaching the end lets the decoder check what it has to check there.
        let _: bool = stream
            .is_at_end()
            .map_err(|fault| fault.at(header.record_count))?;
        Ok(())
    })
}

/// The time of a record with this delta.
pub(super) fn timestamp_of(header: &BatchHeader, timestamp_delta: i64) -> i64 {
    match header.timestamp_type() {
        TimestampType::CreateTime => header.base_timestamp.wrapping_add(timestamp_delta),
        TimestampType::LogAppendTime => header.max_timestamp,
    }
}

/// A record whose fields up to the length of its value are read from a stream; the key lies in a buffer beside it.
#[derive(Clone, Copy, Debug)]
pub(super) struct StreamedHead {
    pub attributes: u8,
    pub timestamp_delta: i64,
    pub offset_delta: i32,
    pub has_key: bool,
    /// As in the record; negative = null.
    pub value_len: i32,
    /// Bytes behind the value's length: value, header count and headers.
    pub left: usize,
}

impl StreamedHead {
    /// Reads the next record's head; its key replaces what `key` holds.
    pub fn read(stream: &mut Stream<'_>, key: &mut Vec<u8>) -> Result<StreamedHead, StreamFault> {
        let mut left = stream.record_len()?;
        let attributes = stream.byte()?;
        spend(&mut left, 1)?;
        let timestamp_delta = varint::unzigzag64(field(stream, 10, &mut left)?);
        let offset_delta = varint::unzigzag32(field(stream, 5, &mut left)? as u32);
        let key_len = varint::unzigzag32(field(stream, 5, &mut left)? as u32);
        key.clear();
        if let Ok(len) = usize::try_from(key_len) {
            spend(&mut left, len)?;
            stream.take_into(len, key)?;
        }
        let value_len = varint::unzigzag32(field(stream, 5, &mut left)? as u32);
        if usize::try_from(value_len).is_ok_and(|len| len > left) {
            return Err(RecordFault::Structure.into());
        }
        Ok(StreamedHead {
            attributes,
            timestamp_delta,
            offset_delta,
            has_key: key_len >= 0,
            value_len,
            left,
        })
    }

    /// As callers see it.
    pub fn head<'a>(&self, header: &BatchHeader, key: &'a [u8]) -> RecordHead<'a> {
        RecordHead {
            offset: header.base_offset.wrapping_add(i64::from(self.offset_delta)),
            timestamp: timestamp_of(header, self.timestamp_delta),
            key: self.has_key.then_some(key),
            has_value: self.value_len >= 0,
        }
    }
}

fn field(stream: &mut Stream<'_>, bytes_max: u32, left: &mut usize) -> Result<u64, StreamFault> {
    let (raw, used) = stream.varint(bytes_max)?;
    spend(left, used)?;
    Ok(raw)
}

fn spend(left: &mut usize, len: usize) -> Result<(), StreamFault> {
    *left = left.checked_sub(len).ok_or(RecordFault::Structure)?;
    Ok(())
}
