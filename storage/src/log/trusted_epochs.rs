//! Whether a list of leader epochs fits the batches of segments that are not read.

use std::sync::Arc;

use super::epochs::Epochs;
use super::scan::{LOOKUP_WINDOW_BYTES, Scan};
use super::segment::Segment;

/// Whether each epoch begins where the list says, as far as that lies below `end`: the first batch from there on has
/// it, and the last one before it an older one. What cannot be read contradicts nothing.
pub(super) fn epochs_fit(epochs: &Epochs, segments: &[Arc<Segment>], log_start: i64, end: i64) -> bool {
    let entries = epochs.entries();
    // No later epoch hides in what the last one seems to hold.
    if let (Some((next, of)), _) = around(segments, end)
        && epochs.epoch_at(log_start.max(next - 1)) != Some(of)
    {
        return false;
    }
    entries.iter().enumerate().all(|(i, (epoch, start))| {
        if *start >= end {
            return true;
        }
        let next_start = entries.get(i + 1).map_or(i64::MAX, |(_, next)| *next);
        let (before, from) = around(segments, log_start.max(*start));
        // No batch of the epoch may be left.
        let begins = from.is_none_or(|(base, of)| base >= next_start || of == *epoch);
        // What lies below the log start is forgotten.
        begins && (*start <= log_start || before.is_none_or(|(next, of)| next <= *start && of < *epoch))
    })
}

/// (Offset behind, epoch) of the last batch that begins below `offset`, and (base offset, epoch) of the first that does not.
type Around = (Option<(i64, i32)>, Option<(i64, i32)>);

fn around(segments: &[Arc<Segment>], offset: i64) -> Around {
    let behind = segments.partition_point(|s| s.base_offset < offset);
    let (mut before, mut from) = (None, None);
    // Segments can be empty.
    for segment in segments.get(..behind).unwrap_or_default().iter().rev() {
        let (last, first) = around_in(segment, offset);
        (before, from) = (last, first.or(from));
        if before.is_some() {
            break;
        }
    }
    for segment in segments.get(behind..).unwrap_or_default() {
        if from.is_some() {
            break;
        }
        from = around_in(segment, offset).1;
    }
    (before, from)
}

fn around_in(segment: &Segment, offset: i64) -> Around {
    let (mut before, mut from) = (None, None);
    let start = segment.entry_below(offset).map_or(0, |entry| entry.position);
    let mut scan = Scan::new(segment, start, segment.len(), LOOKUP_WINDOW_BYTES);
    while let Ok(Some((_, header))) = scan.next_header() {
        let epoch = header.partition_leader_epoch;
        if header.base_offset >= offset {
            from = Some((header.base_offset, epoch));
            break;
        }
        before = Some((header.next_offset(), epoch));
    }
    (before, from)
}
