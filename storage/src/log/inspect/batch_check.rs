//! What can be said about one whole batch.

use crate::batch::{
    BatchHeader, RecordRef, RecordsError, Scratch, TimestampType, crc_matches, for_each_record,
};

/// Everything that is wrong with a stored batch: checksum, counts, offsets, records. Empty for a sound one. Compacted
/// batches, with gaps or without any record, are sound.
pub fn batch_faults(header: &BatchHeader, bytes: &[u8], scratch: &mut Scratch) -> Vec<String> {
    let mut faults = Vec::new();
    if !crc_matches(bytes) {
        let computed = crc32c::crc32c(bytes.get(21..).unwrap_or_default());
        // What the records would say is of no use then.
        return vec![format!(
            "a wrong checksum: stored {:08x}, computed {computed:08x}",
            header.crc
        )];
    }
    let span = i64::from(header.last_offset_delta) + 1;
    if header.base_offset < 0 || span < 1 || header.base_offset.checked_add(span).is_none() {
        faults.push(format!(
            "impossible offsets: base {}, last offset delta {}",
            header.base_offset, header.last_offset_delta
        ));
        return faults;
    }
    if !(0..=span).contains(&i64::from(header.record_count)) {
        faults.push(format!(
            "{} records declared for {span} offsets",
            header.record_count
        ));
        return faults;
    }
    if header.is_control() && header.codec_id() != 0 {
        faults.push("control records that are compressed".to_owned());
    }
    let mut check = RecordCheck::new(header);
    let walked = for_each_record(bytes, scratch, |record| check.record(&record));
    match walked {
        Ok(()) => {}
        Err(RecordsError::Damaged(what)) => faults.push(what),
        Err(RecordsError::Stopped(what)) => faults.push(what),
    }
    faults
}

struct RecordCheck<'a> {
    header: &'a BatchHeader,
    next_offset: i64,
}

impl<'a> RecordCheck<'a> {
    fn new(header: &'a BatchHeader) -> RecordCheck<'a> {
        RecordCheck {
            header,
            next_offset: header.base_offset,
        }
    }

    /// Offsets rise within what the header declares, and no record is later than the header says.
    fn record(&mut self, record: &RecordRef<'_>) -> Result<(), String> {
        let RecordRef {
            offset, timestamp, ..
        } = *record;
        if offset < self.next_offset {
            return Err(format!(
                "a record at offset {offset} where at least {} must follow",
                self.next_offset
            ));
        }
        if offset > self.header.last_offset() {
            return Err(format!(
                "a record at offset {offset}, behind the batch's last offset {}",
                self.header.last_offset()
            ));
        }
        self.next_offset = offset + 1;
        let by_producer = self.header.timestamp_type() == TimestampType::CreateTime;
        if by_producer && timestamp > self.header.max_timestamp {
            return Err(format!(
                "a record at offset {offset} of time {timestamp}, later than the batch's latest {}",
                self.header.max_timestamp
            ));
        }
        Ok(())
    }
}
