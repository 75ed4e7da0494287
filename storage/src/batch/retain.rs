//! A stored batch with some of its records taken out (`MemoryRecords.buildRetainedRecordsInto`): compaction's step.

use std::io::{self, Write};

use super::codec::Codec;
use super::compression::{Compression, Packer};
use super::error::{BatchError, BatchFault, RecordsError};
use super::for_each::stored_batch;
use super::header::{BATCH_HEADER_LEN, BatchHeader, LOG_OVERHEAD, TimestampType};
use super::heads::{RecordHead, StreamedHead};
use super::scratch::Scratch;
use super::stream::StreamFault;
use super::varint;

/// How the batch of the retained records is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetainRules {
    /// Codec and level; Kafka's cleaner keeps the batch's codec at its default level.
    pub compression: Compression,
    /// The delete horizon to stamp the batch with; `None` = none.
    pub delete_horizon_ms: Option<i64>,
    /// Most bytes that the new batch may have. A batch that was packed otherwise may grow.
    pub max_bytes: usize,
}

/// What is left of a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Retained {
    /// Header of the new batch, as it stands in `bytes`. Offsets, last offset delta, leader epoch, producer and
    /// sequence are the old batch's.
    pub header: BatchHeader,
    /// The whole new batch with its CRC.
    pub bytes: Vec<u8>,
    /// Offset of the last retained record that has the largest timestamp; -1 without records.
    pub max_timestamp_offset: i64,
}

/// Writes one stored batch anew with the records that `keep` says yes to. Records pass through a window, so that
/// nothing but the new batch, a key and what the codecs keep is held. When none is kept, the result is a batch without
/// records, which the caller writes (last batch of a producer) or leaves out.
///
/// # Errors
/// Damage, a result above `max_bytes`, or what `keep` answers.
pub fn retain_records<E>(
    batch: &[u8],
    rules: &RetainRules,
    scratch: &mut Scratch,
    mut keep: impl FnMut(RecordHead<'_>) -> Result<bool, E>,
) -> Result<Retained, RecordsError<E>> {
    let (header, codec, body) = stored_batch(batch)?;
    let body_max = rules
        .max_bytes
        .min(i32::MAX as usize)
        .saturating_sub(BATCH_HEADER_LEN);
    let packer = Packer::new(rules.compression, None, body_max)
        .map_err(|error| unpackable(rules.compression.codec(), rules.max_bytes, &error))?;
    let mut writer = Writer {
        packer,
        codec: rules.compression.codec(),
        max_bytes: rules.max_bytes,
        base_timestamp: rules.delete_horizon_ms,
        max_timestamp: -1,
        max_timestamp_offset: -1,
        count: 0,
        head: Vec::new(),
    };
    // Compaction leaves a codec's bits on a batch without any record.
    if header.record_count > 0 {
        scratch.decompress(codec, body, |stream, key| {
            for index in 0..header.record_count {
                let record = StreamedHead::read(stream, key).map_err(|fault| fault.at(index))?;
                let head = record.head(&header, key);
                if keep(head).map_err(RecordsError::Stopped)? {
                    writer.start(&record, &head)?;
                    stream
                        .pass_on(record.left, &mut writer.packer)
                        .map_err(|fault: StreamFault| fault.at(index))?
                        .map_err(|error| writer.unpackable(&error))?;
                } else {
                    stream.skip(record.left).map_err(|fault| fault.at(index))?;
                }
            }
            let _: bool = stream
                .is_at_end()
                .map_err(|fault| fault.at(header.record_count))?;
            Ok::<(), RecordsError<E>>(())
        })?;
    }
    Ok(writer.finish(header, rules)?)
}

fn unpackable(codec: Codec, max: usize, error: &io::Error) -> BatchError {
    if error.kind() == io::ErrorKind::FileTooLarge {
        return BatchError::TooLarge { size: max + 1, max };
    }
    BatchFault::Unpackable {
        codec,
        reason: error.to_string(),
    }
    .into()
}

struct Writer {
    packer: Packer,
    codec: Codec,
    max_bytes: usize,
    /// The delete horizon or the first retained record's time.
    base_timestamp: Option<i64>,
    max_timestamp: i64,
    max_timestamp_offset: i64,
    count: i32,
    head: Vec<u8>,
}

impl Writer {
    fn unpackable(&self, error: &io::Error) -> BatchError {
        unpackable(self.codec, self.max_bytes, error)
    }

    /// Writes a record up to its value.
    fn start(&mut self, record: &StreamedHead, head: &RecordHead<'_>) -> Result<(), BatchError> {
        let base = *self.base_timestamp.get_or_insert(head.timestamp);
        let timestamp_delta = head.timestamp.wrapping_sub(base);
        let key_len = head.key.map_or(-1, |key| key.len() as i64);
        let value_len = i64::from(record.value_len);
        let offset_delta = i64::from(record.offset_delta);
        let mut len = 1 + varint::len(timestamp_delta) + varint::len(offset_delta) + record.left;
        len += varint::len(key_len) + head.key.map_or(0, <[u8]>::len) + varint::len(value_len);
        self.head.clear();
        varint::write(&mut self.head, len as i64);
        self.head.push(record.attributes);
        varint::write(&mut self.head, timestamp_delta);
        varint::write(&mut self.head, offset_delta);
        varint::write(&mut self.head, key_len);
        self.head.extend_from_slice(head.key.unwrap_or_default());
        varint::write(&mut self.head, value_len);
        if head.timestamp >= self.max_timestamp {
            self.max_timestamp = head.timestamp;
            self.max_timestamp_offset = head.offset;
        }
        self.count += 1;
        let written = self.packer.write_all(&self.head);
        written.map_err(|error| self.unpackable(&error))
    }

    fn finish(self, mut header: BatchHeader, rules: &RetainRules) -> Result<Retained, BatchError> {
        let codec = self.codec;
        let body = if self.count == 0 {
            header.set_codec(Codec::None);
            Vec::new()
        } else {
            header.set_codec(codec);
            let finished = self.packer.finish();
            finished.map_err(|error| unpackable(codec, rules.max_bytes, &error))?
        };
        header.record_count = self.count;
        header.set_delete_horizon(rules.delete_horizon_ms.is_some() && self.count > 0);
        header.base_timestamp = self.base_timestamp.filter(|_| self.count > 0).unwrap_or(-1);
        // A batch without records keeps its largest time (`DefaultRecordBatch.writeEmptyHeader`).
        if self.count > 0 && header.timestamp_type() == TimestampType::CreateTime {
            header.max_timestamp = self.max_timestamp;
        }
        header.batch_length = (BATCH_HEADER_LEN - LOG_OVERHEAD + body.len()) as i32;
        let mut bytes = Vec::with_capacity(BATCH_HEADER_LEN + body.len());
        bytes.extend_from_slice(&header.seal(&body));
        bytes.extend_from_slice(&body);
        Ok(Retained {
            header,
            bytes,
            max_timestamp_offset: self.max_timestamp_offset,
        })
    }
}
