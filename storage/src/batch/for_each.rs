//! Reading the records of a stored batch.

use super::codec::Codec;
use super::error::{BatchError, BatchFault, RecordsError};
use super::header::{BATCH_HEADER_LEN, BatchHeader};
use super::heads::timestamp_of;
use super::record::{RecordFields, RecordRef};
use super::scratch::Scratch;
use super::stream::Stream;
use super::walk::next_record;

/// Calls `f` with every record of one stored batch of any codec, in order, and stops at its first error.
///
/// `batch` begins with the header; bytes behind its declared end are ignored. The CRC is not checked (the log
/// does that when it opens), the structure is. Compacted batches, with gaps between offsets or without any record,
/// are fine. A packed record above the window is held whole: who needs no values takes `for_each_head`.
pub fn for_each_record<E>(
    batch: &[u8],
    scratch: &mut Scratch,
    mut f: impl FnMut(RecordRef<'_>) -> Result<(), E>,
) -> Result<(), RecordsError<E>> {
    let (header, codec, body) = stored_batch(batch)?;
    match codec {
        Codec::None => {
            let mut at = 0;
            for index in 0..header.record_count {
                let fields = next_record(body, &mut at)
                    .and_then(RecordFields::parse)
                    .map_err(|fault| BatchError::record(index, fault))?;
                f(record(&header, fields)).map_err(RecordsError::Stopped)?;
            }
            Ok(())
        }
        // Compaction leaves the codec bits on a batch without any record.
        _ if header.record_count == 0 => Ok(()),
        codec => scratch.decompress(codec, body, |stream, large| {
            for index in 0..header.record_count {
                stream_record(&header, index, stream, large, &mut f)?;
            }
            // Reaching the end lets the decoder check what it has to check there.
            let _: bool = stream
                .is_at_end()
                .map_err(|fault| fault.at(header.record_count))?;
            Ok(())
        }),
    }
}

/// Header, codec and packed records of a stored batch; damage otherwise.
pub(super) fn stored_batch(batch: &[u8]) -> Result<(BatchHeader, Codec, &[u8]), BatchError> {
    let incomplete = |want| {
        BatchError::from(BatchFault::Incomplete {
            have: batch.len(),
            want,
        })
    };
    let header = BatchHeader::read(batch).ok_or_else(|| incomplete(BATCH_HEADER_LEN))?;
    if header.magic != 2 {
        return Err(BatchFault::Magic(header.magic).into());
    }
    let size = header.size_in_bytes();
    if size < BATCH_HEADER_LEN {
        return Err(BatchFault::Length(header.batch_length).into());
    }
    let body = batch
        .get(BATCH_HEADER_LEN..size)
        .ok_or_else(|| incomplete(size))?;
    let unsupported = BatchError::UnsupportedCompression(header.codec_id());
    Ok((header, header.codec().ok_or(unsupported)?, body))
}

fn stream_record<E>(
    header: &BatchHeader,
    index: i32,
    stream: &mut Stream<'_>,
    large: &mut Vec<u8>,
    f: &mut impl FnMut(RecordRef<'_>) -> Result<(), E>,
) -> Result<(), RecordsError<E>> {
    let len = stream.record_len().map_err(|fault| fault.at(index))?;
    if !stream.fits(len) {
        stream.take_into(len, large).map_err(|fault| fault.at(index))?;
        let fields = RecordFields::parse(large).map_err(|fault| BatchError::record(index, fault))?;
        return f(record(header, fields)).map_err(RecordsError::Stopped);
    }
    let body = stream.take(len).map_err(|fault| fault.at(index))?;
    let fields = RecordFields::parse(body).map_err(|fault| BatchError::record(index, fault))?;
    f(record(header, fields)).map_err(RecordsError::Stopped)
}

fn record<'a>(header: &BatchHeader, fields: RecordFields<'a>) -> RecordRef<'a> {
    let timestamp = timestamp_of(header, fields.timestamp_delta);
    RecordRef {
        offset: header.base_offset.wrapping_add(i64::from(fields.offset_delta)),
        timestamp,
        key: fields.key,
        value: fields.value,
        headers: fields.headers,
    }
}
