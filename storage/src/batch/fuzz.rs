//! Entry points for fuzzing: any bytes may come in, nothing may panic.

use bytes::Bytes;

use super::{BatchRules, CheckedBatch, Scratch, TimestampType, for_each_record};

/// Checks `data` as a client's batch; what passes must also be readable.
pub fn fuzz_batch(data: &[u8]) {
    let rules = BatchRules {
        max_message_bytes: 1 << 20,
        keys_required: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: i64::MAX,
        allow_control: true,
        allow_zstd: true,
    };
    let mut scratch = Scratch::default();
    if let Ok(batch) = CheckedBatch::parse(Bytes::copy_from_slice(data), &rules, 0, &mut scratch) {
        let mut stored = batch.head_for(7, 1).to_vec();
        stored.extend_from_slice(batch.body());
        let mut count = 0;
        let read = for_each_record(&stored, &mut scratch, |_| {
            count += 1;
            Ok::<(), ()>(())
        });
        assert_eq!(
            (read, count),
            (Ok(()), batch.header().record_count),
            "what is accepted can be read"
        );
    }
}

/// Reads `data` as a stored batch.
pub fn fuzz_records(data: &[u8]) {
    let _ = for_each_record(data, &mut Scratch::default(), |_| Ok::<(), ()>(()));
}
