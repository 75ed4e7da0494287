//! Look-ups by time whatever the time index says, after trims, in every codec.

use super::support::*;
use crate::batch::{Codec, Compression};
use crate::fs::{FileSystem, OpenMode, SimFs, read_exact_at, write_all_at};
use crate::{BatchBuilder, Log, LogView, OpenHint};

/// Time of the record with this offset: batches of three, out of order, rising in the long run.
fn time_of(offset: i64) -> i64 {
    let times = [40, 10, 20, 90, 90, 30, 70, 5];
    times[(offset as usize / 3) % 8] + offset / 24 * 60 + offset % 3
}

fn fill(log: &mut Log, batches: i64) {
    let codecs = [Codec::None, Codec::Gzip, Codec::Snappy, Codec::Lz4, Codec::Zstd];
    for i in 0..batches {
        let codec = codecs[(i % 5) as usize];
        let mut builder = BatchBuilder::new(0).compression(Compression::of(codec));
        for offset in 3 * i..3 * i + 3 {
            builder.push(time_of(offset), None, Some(&[i as u8; 40]), &[]);
        }
        append(log, &builder.build());
    }
}

#[track_caller]
fn check(view: &LogView, what: &str) {
    let (start, end) = (view.log_start_offset(), view.log_end_offset());
    let newest = (start..end).map(time_of).max().unwrap();
    for wanted in 0..=newest + 1 {
        let first = (start..end).find(|offset| time_of(*offset) >= wanted);
        let found = view.offset_for_timestamp(wanted, ALL).unwrap();
        assert_eq!(found.map(|f| f.offset), first, "{what}: time {wanted}");
        assert!(found.is_none_or(|f| f.timestamp == time_of(f.offset)));
    }
    let first = (start..end).find(|offset| time_of(*offset) == newest);
    assert_eq!(
        view.max_timestamp(ALL).unwrap().map(|f| f.offset),
        first,
        "{what}: the largest"
    );
    assert_eq!(
        view.max_timestamp(start).unwrap(),
        None,
        "{what}: nothing is visible"
    );
}

#[test]
fn trims_leave_no_trace() {
    for mut log in [memory(), disk(&SimFs::new(3))] {
        fill(&mut log, 60);
        for start in [0, 1, 5, 10, 11, 12, 13, 40, 100, 150, 178] {
            trim(&mut log, start);
            check(&log.view(), &format!("from {start}"));
        }
    }
}

/// A closed log with several segments, and the names of its time indexes.
fn closed() -> (SimFs, OpenHint, Vec<std::path::PathBuf>) {
    let fs = SimFs::new(4);
    let mut log = disk(&fs);
    fill(&mut log, 60);
    log.close().unwrap();
    let end = log.log_end_offset();
    let hint = OpenHint {
        clean: true,
        recovery_point: end,
        log_start_offset: 0,
        high_watermark: end,
        ..OpenHint::default()
    };
    drop(log);
    let dir = std::path::Path::new("/data").join(DIR);
    let names = fs.list(&dir).unwrap().into_iter();
    let paths: Vec<_> = names
        .filter(|entry| entry.name.ends_with(".timeindex"))
        .map(|entry| dir.join(entry.name))
        .collect();
    assert!(paths.len() >= 3, "several segments");
    (fs, hint, paths)
}

/// Every entry of every time index wrong in every way: the answers stay right.
#[test]
fn a_time_index_that_lies_costs_nothing_but_time() {
    let (_, _, paths) = closed();
    for n in 0..paths.len() {
        for lie in 0..7 {
            let (fs, hint, paths) = closed();
            let file = fs.open(&paths[n], OpenMode::Write).unwrap();
            let len = file.len().unwrap();
            if lie == 0 {
                file.set_len(len / 12 / 2 * 12).unwrap();
            } else if lie == 1 {
                file.set_len(0).unwrap();
            } else {
                for at in (0..len).step_by(12) {
                    let mut entry = [0; 12];
                    assert!(read_exact_at(&*file, &mut entry, at).unwrap());
                    match lie {
                        2 => entry[6] ^= 0xff,
                        3 => entry[7] ^= 0x01,
                        4 => entry[11] ^= 0x04,
                        5 => entry[10] ^= 0x01,
                        _ => entry = [0; 12],
                    }
                    write_all_at(&*file, &entry, &[], at).unwrap();
                }
            }
            drop(file);
            let (log, _) = open(&fs, hint).unwrap();
            check(&log.view(), &format!("segment {n}, lie {lie}"));
        }
    }
}

#[test]
fn records_without_a_time_are_never_found() {
    let mut log = memory();
    let mut builder = BatchBuilder::new(-1);
    builder.push(-1, None, Some(b"v"), &[]);
    append(&mut log, &builder.build());
    let view = log.view();
    assert_eq!(view.offset_for_timestamp(0, ALL).unwrap(), None);
    assert_eq!(view.max_timestamp(ALL).unwrap(), None);
}
