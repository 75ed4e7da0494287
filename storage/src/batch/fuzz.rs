//! Entries for fuzzing, one for each decoder: any bytes may come, nothing may panic or take unbounded memory.

use bytes::Bytes;

use super::{
    BatchError, BatchRules, Batches, CheckedBatch, Codec, ControlType, RecordsError, Scratch, TimestampType,
};
use super::{crc_matches, for_each_record};

/// The check of a client's batch; what passes must be readable as a stored batch.
pub fn fuzz_batch(data: &[u8]) {
    let rules = BatchRules {
        max_message_bytes: 1 << 20,
        keys_required: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: i64::MAX,
        allow_control: true,
        allow_zstd: true,
        records_bytes_max: 64 << 20,
    };
    let mut scratch = Scratch::default();
    let Ok(batch) = CheckedBatch::parse(Bytes::copy_from_slice(data), &rules, 0, &mut scratch) else {
        return;
    };
    let mut whole = batch.head_for(7, 3).to_vec();
    whole.extend_from_slice(batch.body());
    assert!(crc_matches(&whole), "a checked batch carries its CRC");
    let mut next = 7;
    let read = for_each_record::<()>(&whole, &mut scratch, |record| {
        assert_eq!(record.offset, next, "offsets are gapless");
        next += 1;
        let _ = record.headers.count();
        Ok(())
    });
    assert_eq!(
        read,
        Ok::<(), RecordsError<()>>(()),
        "a checked batch is readable"
    );
    assert_eq!(
        next,
        batch.header().last_offset() + 7 - batch.header().base_offset + 1
    );
}

/// Reading stored batches, right or damaged.
pub fn fuzz_records(data: &[u8]) {
    let mut scratch = Scratch::default();
    for (_, batch) in Batches::new(data) {
        let _ = for_each_record::<()>(batch, &mut scratch, |record| {
            let _ = (record.headers.count(), record.key.and_then(ControlType::from_key));
            Ok(())
        });
    }
}

/// The decompressors alone; the first byte chooses one.
pub fn fuzz_decompress(data: &[u8]) {
    let Some((choice, body)) = data.split_first() else {
        return;
    };
    let codec = Codec::of(i16::from(choice % 5)).unwrap_or(Codec::None);
    let _ = Scratch::default().decompress::<_, BatchError>(codec, body, |stream, _| {
        stream.skip(1 << 24).map_err(|fault| fault.at(0))
    });
}
