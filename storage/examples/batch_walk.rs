//! Measures the proof of a client's batch: `cargo run --release -p storage --example batch_walk`.
//! Prints the checksum alone, the whole check, and their difference (the walk) for 100-byte and 1-KiB records.

use std::hint::black_box;
use std::time::Instant;

use bytes::Bytes;
use storage::{BatchBuilder, BatchRules, CheckedBatch, Scratch, TimestampType};

/// Bytes of each measured batch, as a Java producer of 64 KiB batches sends them.
const BATCH_BYTES: usize = 64 * 1024;
/// Batches per measurement.
const ROUNDS: u32 = 5_000;

fn batch(value_len: usize) -> Bytes {
    let value = vec![b'v'; value_len];
    let mut builder = BatchBuilder::new(0);
    while builder.size_in_bytes() + value_len + 16 < BATCH_BYTES {
        builder.push(
            1_700_000_000_000 + builder.len() as i64 / 10,
            None,
            Some(&value),
            &[],
        );
    }
    let batch = builder.build();
    Bytes::from([&batch.head_for(0, -1)[..], batch.body()].concat())
}

/// Best of five measurements, in nanoseconds per batch.
fn nanos_of(mut run: impl FnMut()) -> f64 {
    let once = |run: &mut dyn FnMut()| {
        let start = Instant::now();
        (0..ROUNDS).for_each(|_| run());
        start.elapsed().as_nanos() as f64 / f64::from(ROUNDS)
    };
    (0..5).map(|_| once(&mut run)).fold(f64::INFINITY, f64::min)
}

fn main() {
    let rules = BatchRules {
        max_message_bytes: 1 << 20,
        keys_required: false,
        timestamp_type: TimestampType::CreateTime,
        timestamp_before_max_ms: i64::MAX,
        timestamp_after_max_ms: i64::MAX,
        allow_control: false,
        allow_zstd: true,
        records_bytes_max: usize::MAX,
    };
    println!("value bytes  records  crc GiB/s  check GiB/s  crc ns/record  walk ns/record");
    for value_len in [100, 1024] {
        let bytes = batch(value_len);
        let mut scratch = Scratch::default();
        let crc = nanos_of(|| {
            black_box(crc32c::crc32c(black_box(&bytes)));
        });
        let mut records = 0;
        let check = nanos_of(|| {
            let parsed = CheckedBatch::parse(bytes.clone(), &rules, 1_700_000_000_000, &mut scratch);
            records = parsed.map_or(0, |batch| batch.header().record_count);
        });
        let gib_per_s = |nanos: f64| bytes.len() as f64 / nanos * 1e9 / f64::from(1 << 30);
        let per_record = |nanos: f64| nanos / f64::from(records);
        println!(
            "{value_len:>11}  {records:>7}  {:>9.1}  {:>11.1}  {:>13.1}  {:>14.1}",
            gib_per_s(crc),
            gib_per_s(check),
            per_record(crc),
            per_record(check - crc),
        );
    }
}
