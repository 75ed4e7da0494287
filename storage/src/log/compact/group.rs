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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::MemoryBudget;

    /// Base offset, bytes, entries of the offset index and of the time index.
    type Made = (i64, u32, u32, u32);

    fn groups(made: &[Made], upper_bound: i64) -> Vec<Vec<i64>> {
        let budget = Arc::new(MemoryBudget::new(1 << 20));
        let segment = |&(base_offset, len, index, time_index): &Made| {
            let segment = Segment::in_memory(base_offset, Arc::clone(&budget));
            segment.with_tail_mut(|tail| {
                tail.len = len;
                tail.index.stored = index;
                tail.time_index.stored = time_index;
            });
            Arc::new(segment)
        };
        let segments: Vec<Arc<Segment>> = made.iter().map(segment).collect();
        let options = LogOptions {
            segment_bytes: 1000,
            segment_index_bytes: 240,
            ..LogOptions::default()
        };
        let bases = |group: Vec<Arc<Segment>>| group.iter().map(|s| s.base_offset).collect();
        let groups = group(&segments, &options, upper_bound).into_iter();
        groups.map(bases).collect()
    }

    #[test]
    fn bytes_of_the_log_and_of_each_index_bound_a_group() {
        let log = [
            (0, 400, 1, 1),
            (10, 600, 1, 1),
            (20, 1, 1, 1),
            (30, 2000, 1, 1),
            (40, 1, 1, 1),
        ];
        assert_eq!(groups(&log, 50), [vec![0, 10], vec![20], vec![30], vec![40]]);
        // 240 bytes hold 30 entries of offsets, or 20 of times.
        let offsets = [(0, 1, 15, 0), (10, 1, 15, 0), (20, 1, 1, 0)];
        assert_eq!(groups(&offsets, 50), [vec![0, 10], vec![20]]);
        let times = [(0, 1, 0, 10), (10, 1, 0, 10), (20, 1, 0, 1)];
        assert_eq!(groups(&times, 50), [vec![0, 10], vec![20]]);
        assert_eq!(groups(&[], 0), Vec::<Vec<i64>>::new());
    }

    #[test]
    fn offsets_of_a_group_stay_within_31_bits_of_its_base() {
        let last = i64::from(i32::MAX);
        let two = [(0, 1, 1, 1), (10, 1, 1, 1)];
        // The bound is the first offset behind the last segment.
        assert_eq!(groups(&two, last + 1), [vec![0, 10]]);
        assert_eq!(groups(&two, last + 2), [vec![0], vec![10]]);
        let three = [(5, 1, 1, 1), (10, 1, 1, 1), (last + 7, 1, 1, 1)];
        assert_eq!(groups(&three, last + 9), [vec![5], vec![10, last + 7]]);
        // An emptied segment has no offset that could be too far.
        let emptied = [(5, 1, 1, 1), (last + 70, 0, 0, 0), (last + 90, 1, 1, 1)];
        assert_eq!(groups(&emptied, last + 95), [vec![5, last + 70], vec![last + 90]]);
    }
}
