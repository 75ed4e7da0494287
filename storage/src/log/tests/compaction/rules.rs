//! Which records stay, one rule a test.

use super::world::*;
use crate::batch::Codec;
use crate::log::tests::support::{disk, read_all};
use crate::{Log, SimFs};

#[test]
fn the_last_value_of_a_key_stays_where_it_was() {
    for mut log in both() {
        let first = keyed(PLAIN, 5, &[("a", Some("1")), ("b", Some("1")), ("a", Some("2"))]);
        append(&mut log, &first);
        append(&mut log, &keyed(PLAIN, 9, &[("c", Some("1"))]));
        append(&mut log, &keyed(PLAIN, 10, &[("b", Some("2"))]));
        let before = headers(&log.view());
        fill(&mut log, 11);
        let end = log.log_end_offset();
        assert_eq!(compact(&mut log, None, 50), Some(5));
        assert_eq!(keys(&log), [(2, "a".into()), (3, "c".into()), (4, "b".into())]);
        let after = headers(&log.view());
        // The first batch lost records: offsets stay, times start at its first record.
        assert_eq!((after[0].base_offset, after[0].last_offset_delta), (0, 2));
        assert_eq!((after[0].base_timestamp, after[0].max_timestamp), (7, 7));
        assert_eq!(after[0].record_count, 1);
        // The others were copied to the byte.
        assert_eq!(after[1..3], before[1..3]);
        assert_eq!((log.log_start_offset(), log.log_end_offset()), (0, end));
        // A second pass over the same finds nothing.
        assert_eq!(compact(&mut log, Some(5), 50), None);
    }
}

#[test]
fn packed_batches_keep_their_codec() {
    for codec in [Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd] {
        let mut log = disk(&SimFs::new(1));
        let writer = Writer { codec, ..PLAIN };
        append(&mut log, &keyed(writer, 5, &[("a", Some("1")), ("b", Some("1"))]));
        append(&mut log, &keyed(writer, 6, &[("a", Some("2"))]));
        fill(&mut log, 7);
        compact(&mut log, None, 50).unwrap();
        assert_eq!(keys(&log), [(1, "b".into()), (2, "a".into())]);
        assert!(headers(&log.view())[..2].iter().all(|h| h.codec() == Some(codec)));
        assert!(
            read_all(&log.view(), 0)
                .iter()
                .all(|(_, b)| crate::crc_matches(b))
        );
    }
}

#[test]
fn tombstones_live_for_the_delete_retention_after_their_first_pass() {
    for mut log in both() {
        append(&mut log, &keyed(PLAIN, 5, &[("a", Some("1")), ("b", Some("1"))]));
        append(&mut log, &keyed(PLAIN, 6, &[("a", None)]));
        fill(&mut log, 7);
        let end = compact(&mut log, None, 1000).unwrap();
        assert_eq!(keys(&log), [(1, "b".into()), (2, "a".into())]);
        let horizon = headers(&log.view())[1];
        assert!(horizon.has_delete_horizon());
        assert_eq!((horizon.base_timestamp, horizon.max_timestamp), (1100, 6));
        assert_eq!(rows(&log.view())[1].1, 6, "the record's own time stays");
        // Something dirty, so that there is a next pass; the horizon is not moved by it.
        fill(&mut log, 1050);
        let end = compact(&mut log, Some(end), 1099).unwrap();
        assert_eq!(headers(&log.view())[1], horizon);
        fill(&mut log, 1100);
        compact(&mut log, Some(end), 1100).unwrap();
        assert_eq!(keys(&log), [(1, "b".into())]);
    }
}

#[test]
fn aborted_records_go_at_once_and_their_marker_later() {
    for mut log in both() {
        let writer = Writer {
            producer: Some((7, 0, 0)),
            transactional: true,
            codec: Codec::None,
        };
        append(&mut log, &keyed(PLAIN, 1, &[("a", Some("before"))]));
        append(&mut log, &keyed(writer, 2, &[("a", Some("aborted"))]));
        append(&mut log, &marker(7, 0, false, 3));
        let later = Writer {
            producer: Some((7, 0, 1)),
            ..writer
        };
        append(&mut log, &keyed(later, 4, &[("b", Some("committed"))]));
        append(&mut log, &marker(7, 0, true, 5));
        fill(&mut log, 6);
        assert_eq!(log.view().aborted_transactions(0, 10).unwrap().len(), 1);
        let end = compact(&mut log, None, 1000).unwrap();
        let offsets = |log: &Log| {
            headers(&log.view())
                .iter()
                .map(|h| h.base_offset)
                .collect::<Vec<_>>()
        };
        // The abort marker was seen with data, so it stays and is still in the index.
        assert_eq!(offsets(&log), [0, 2, 3, 4, 5]);
        assert_eq!(log.view().aborted_transactions(0, 10).unwrap().len(), 1);
        assert!(!headers(&log.view())[1].has_delete_horizon());
        fill(&mut log, 1001);
        let end = compact(&mut log, Some(end), 1001).unwrap();
        // Now nothing of the transaction is left: the marker gets its delete horizon.
        assert!(headers(&log.view())[1].has_delete_horizon());
        assert!(log.view().aborted_transactions(0, 10).unwrap().is_empty());
        fill(&mut log, 1200);
        compact(&mut log, Some(end), 1200).unwrap();
        // The commit marker has its data still.
        assert_eq!(offsets(&log)[..3], [0, 3, 4]);
    }
}

#[test]
fn the_last_batch_of_a_producer_stays_without_records() {
    for mut log in both() {
        let writer = |sequence| Writer {
            producer: Some((9, 1, sequence)),
            transactional: false,
            codec: Codec::Gzip,
        };
        append(&mut log, &keyed(writer(0), 2, &[("a", Some("1"))]));
        append(
            &mut log,
            &keyed(writer(1), 3, &[("a", Some("2")), ("b", Some("1"))]),
        );
        append(&mut log, &keyed(PLAIN, 4, &[("a", Some("3")), ("b", Some("2"))]));
        fill(&mut log, 5);
        compact(&mut log, None, 100).unwrap();
        let empty = headers(&log.view())[0];
        assert_eq!(
            (empty.base_offset, empty.last_offset_delta, empty.record_count),
            (1, 1, 0)
        );
        assert_eq!(
            (empty.producer_id, empty.producer_epoch, empty.base_sequence),
            (9, 1, 1)
        );
        assert_eq!((empty.codec(), empty.max_timestamp), (Some(Codec::None), 4));
        assert_eq!(log.producer_states().next().unwrap().last_sequence(), 2);
    }
}
