//! Which neighbouring segments become one (Kafka's `Cleaner.groupSegmentsBySize`): compaction must not leave ever
//! smaller segments behind.

use std::sync::Arc;

use crate::log::LogOptions;
use crate::log::offset_index::ENTRY_BYTES as OFFSET_BYTES;
use crate::log::segment::Segment;
use crate::log::time_index::ENTRY_BYTES as TIME_BYTES;

/// Sizes of one or several segments.
#[derive(Clone, Copy, Debug, Default)]
struct Sizes {
    log: u64,
    index: u64,
    time_index: u64,
}

impl Sizes {
    fn of(segment: &Segment) -> Sizes {
        segment.with_tail(|t| Sizes {
            log: u64::from(t.len),
            index: u64::from(t.index.entries()) * OFFSET_BYTES as u64,
            time_index: u64::from(t.time_index.entries()) * TIME_BYTES as u64,
        })
    }

    fn plus(self, other: Sizes) -> Sizes {
        Sizes {
            log: self.log + other.log,
            index: self.index + other.index,
            time_index: self.time_index + other.time_index,
        }
    }
}

/// Splits `segments` into runs that each fit into one segment: log, both indexes, and offsets relative to the
/// first one's base. No offset of the last one reaches `upper_bound`.
pub(super) fn group(
    segments: &[Arc<Segment>],
    options: &LogOptions,
    upper_bound: i64,
) -> Vec<Vec<Arc<Segment>>> {
    let index_max = u64::from(options.segment_index_bytes);
    let mut groups: Vec<Vec<Arc<Segment>>> = Vec::new();
    let mut sizes = Sizes::default();
    for (i, segment) in segments.iter().enumerate() {
        let own = Sizes::of(segment);
        let sum = sizes.plus(own);
        // The last offset is not known without reading; the next segment bounds it.
        let end = segments.get(i + 1).map_or(upper_bound, |next| next.base_offset);
        let joins = |first: &Arc<Segment>| {
            sum.log <= options.segment_bytes_max()
                && sum.index <= index_max
                && sum.time_index <= index_max
                && (own.log == 0 || end - 1 - first.base_offset <= i64::from(i32::MAX))
        };
        match groups.last_mut() {
            Some(group) if group.first().is_some_and(joins) => {
                group.push(Arc::clone(segment));
                sizes = sum;
            }
            _ => {
                groups.push(vec![Arc::clone(segment)]);
                sizes = own;
            }
        }
    }
    groups
}
