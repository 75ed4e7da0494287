//! The first walk of a pass: which key was written last where (Kafka's `Cleaner.buildOffsetMap`).

use std::sync::Arc;

use super::error::CompactionError;
use super::offset_map::OffsetMap;
use super::run::{Io, damaged};
use super::transactions::Transactions;
use crate::batch::{BatchHeader, RecordsError, Scratch, for_each_head};
use crate::log::LogView;
use crate::log::scan::Scan;
use crate::log::segment::Segment;

/// The map has no room for a batch.
struct Full;

/// Fills `map` from its start on with the keys of `segments`, up to `upper_bound` or until it is full. Aborted
/// records do not count.
pub(super) fn fill(
    map: &mut OffsetMap,
    view: &LogView,
    segments: &[Arc<Segment>],
    upper_bound: i64,
    io: &mut Io<'_>,
) -> Result<(), CompactionError> {
    let start = map.latest_offset() + 1;
    let mut transactions = Transactions::default();
    transactions.add_aborted(&view.aborted_transactions(start, upper_bound)?);
    let mut scratch = Scratch::default();
    for (i, segment) in segments.iter().enumerate() {
        let next = segments.get(i + 1).map_or(upper_bound, |next| next.base_offset);
        if next <= start {
            continue;
        }
        let from = segment
            .find(start)?
            .map_or_else(|| segment.len(), |at| at.position);
        let mut scan = Scan::new(segment, from, segment.len(), io.read_bytes);
        while let Some((position, header, bytes)) = scan.next_batch()? {
            io.count(bytes.len())?;
            match put_batch(map, start, &header, bytes, &mut transactions, &mut scratch) {
                Ok(()) => map.note_latest(header.last_offset()),
                Err(RecordsError::Stopped(Full)) => return Ok(()),
                Err(RecordsError::Damaged(what)) => return Err(damaged(segment, position, what)),
            }
        }
        // Offsets that compaction took away lie behind the last batch.
        map.note_latest(next - 1);
    }
    Ok(())
}

fn put_batch(
    map: &mut OffsetMap,
    start: i64,
    header: &BatchHeader,
    bytes: &[u8],
    transactions: &mut Transactions,
    scratch: &mut Scratch,
) -> Result<(), RecordsError<Full>> {
    if header.is_control() {
        transactions.on_control_batch(header, bytes);
        return Ok(());
    }
    if transactions.on_batch(header) {
        return Ok(());
    }
    for_each_head(bytes, scratch, |record| match record.key {
        Some(key) if record.offset >= start && !map.put(key, record.offset) => Err(Full),
        _ => Ok(()),
    })
}
