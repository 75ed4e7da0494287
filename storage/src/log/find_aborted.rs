//! Finding aborted transactions in the batches, where an index of them is missing or damaged.

use std::sync::Arc;

use super::aborted_check::check_aborted;
use super::append::marker_in;
use super::producers::Producers;
use super::scan::{SCAN_WINDOW_BYTES, Scan};
use super::segment::{Segment, SegmentData};
use super::{AbortedTxn, ReadError, names, producer_snapshot};

/// Sees to it that the aborted transactions of segment number `i` are known.
///
/// # Errors
/// I/O and damage.
pub(super) fn know_aborted(segments: &[Arc<Segment>], i: usize) -> Result<(), ReadError> {
    let Some(segment) = segments.get(i) else {
        return Ok(());
    };
    if segment.is_aborted_unchecked() {
        check_aborted(segments)?;
    }
    let unknown_to = segment.unknown_aborted();
    if unknown_to == 0 {
        return Ok(());
    }
    // Transactions may have begun before the segment: its producer snapshot knows, or batches further back do.
    let before = segments.get(..i).unwrap_or_default();
    let mut producers = Producers::default();
    let mut from = i;
    loop {
        if let Some(known) = segments.get(from).and_then(|s| snapshot_at(s)) {
            producers = known;
            break;
        }
        match from.checked_sub(1) {
            Some(earlier) => from = earlier,
            None => break,
        }
    }
    for earlier in before.get(from..).unwrap_or_default() {
        walk(earlier, earlier.len(), &mut producers)?;
    }
    let found = walk(segment, unknown_to, &mut producers)?;
    segment.found_aborted(unknown_to, found);
    Ok(())
}

fn snapshot_at(segment: &Segment) -> Option<Producers> {
    let SegmentData::Disk(disk) = &segment.data else {
        return None;
    };
    let path = disk.dir.file(segment.base_offset, names::SNAPSHOT);
    let content = disk.dir.folder.fs().read(&path).ok()?;
    producer_snapshot::decode(&content)
}

fn walk(segment: &Segment, to: u32, producers: &mut Producers) -> Result<Vec<AbortedTxn>, ReadError> {
    let mut found = Vec::new();
    let mut scan = Scan::new(segment, 0, to, SCAN_WINDOW_BYTES);
    while let Some((position, header)) = scan.next_header()? {
        let marker = match header.is_control() {
            true => marker_in(scan.bytes_of(position, &header)?),
            false => None,
        };
        found.extend(producers.note(&header, marker));
    }
    Ok(found)
}
