//! The index of aborted transactions: found quickly, and found again in the batches when it is lost.

use std::path::{Path, PathBuf};

use super::compaction::world::{PLAIN, Writer, append, keyed, marker};
use super::support::*;
use crate::batch::Codec;
use crate::fs::{FileSystem, OpenMode, SimFs};
use crate::{AbortedTxn, Log, OpenHint};

const PRODUCERS: i64 = 3;

/// Transactions of several producers, some over several segments, every other one aborted.
fn filled(log: &mut Log) {
    let mut sequences = [0; PRODUCERS as usize];
    for i in 0..60i64 {
        let producer = i % PRODUCERS;
        let sequence = &mut sequences[producer as usize];
        let writer = Writer {
            producer: Some((producer, 0, *sequence)),
            transactional: true,
            codec: Codec::None,
        };
        *sequence += 1;
        append(log, &keyed(writer, i, &[("k", Some(&"v".repeat(200)))]));
        append(log, &keyed(PLAIN, i, &[("other", Some("v"))]));
        if i % 4 == 3 {
            append(log, &marker(producer, 0, i % 8 == 7, i));
        }
    }
    for producer in 0..PRODUCERS {
        append(log, &marker(producer, 0, false, 99));
    }
}

fn files(fs: &SimFs, suffix: &str) -> Vec<PathBuf> {
    let dir = Path::new("/data").join(DIR);
    let entries = fs.list(&dir).unwrap().into_iter();
    entries
        .filter(|e| e.name.ends_with(suffix))
        .map(|e| dir.join(e.name))
        .collect()
}

fn clean(fs: &SimFs) -> Log {
    let hint = OpenHint {
        clean: true,
        ..OpenHint::default()
    };
    open(fs, hint).unwrap().0
}

fn all(log: &Log) -> Vec<AbortedTxn> {
    log.view().aborted_transactions(0, log.log_end_offset()).unwrap()
}

#[test]
fn every_range_has_its_transactions() {
    for mut log in [disk(&SimFs::new(1)), memory()] {
        filled(&mut log);
        let (end, all) = (log.log_end_offset(), all(&log));
        assert!(all.len() > 8, "{all:?}");
        for from in 0..end {
            for to in [from + 1, from + 7, from + 60, end] {
                let concerns = |t: &&AbortedTxn| t.last_offset >= from && t.first_offset < to;
                let wanted: Vec<AbortedTxn> = all.iter().filter(concerns).copied().collect();
                assert_eq!(log.view().aborted_transactions(from, to).unwrap(), wanted);
            }
        }
    }
}

#[test]
fn what_is_missing_or_damaged_after_a_clean_stop_is_found_in_the_batches() {
    type Damage = fn(&SimFs, &Path);
    let damages: [Damage; 5] = [
        |fs, path| fs.remove_file(path).unwrap(),
        |fs, path| cut(fs, path, 5),
        |fs, path| write(fs, path, 0, &[0; 34]),
        |fs, path| write(fs, path, 18, &[0x7f; 8]),
        |fs, path| write(fs, path, 0, &[9]),
    ];
    for (number, damage) in damages.into_iter().enumerate() {
        for without_snapshots in [false, true] {
            let fs = SimFs::new(1);
            let mut log = disk(&fs);
            filled(&mut log);
            let before = all(&log);
            log.close().unwrap();
            drop(log);
            let indexes = files(&fs, ".txnindex");
            assert_eq!(
                indexes.len(),
                files(&fs, ".log").len(),
                "one for each segment, though it be empty"
            );
            let content = |path: &PathBuf| fs.read(path).unwrap();
            let contents: Vec<Vec<u8>> = indexes.iter().map(content).collect();
            let damaged = indexes.iter().filter(|path| !content(path).is_empty());
            damaged.for_each(|path| damage(&fs, path));
            if without_snapshots {
                files(&fs, ".snapshot")
                    .iter()
                    .for_each(|path| fs.remove_file(path).unwrap());
            }
            let mut log = clean(&fs);
            assert_eq!(all(&log), before, "damage {number}");
            // What is appended now joins what was found.
            append(&mut log, &marker(0, 0, false, 100));
            assert_eq!(all(&log), before);
            log.close().unwrap();
            drop(log);
            let again: Vec<Vec<u8>> = indexes.iter().map(content).collect();
            assert_eq!(again, contents, "damage {number}");
        }
    }
}

fn write(fs: &SimFs, path: &Path, position: u64, bytes: &[u8]) {
    let file = fs.open(path, OpenMode::Write).unwrap();
    crate::fs::write_all_at(&*file, bytes, &[], position).unwrap();
}

fn cut(fs: &SimFs, path: &Path, bytes: u64) {
    let file = fs.open(path, OpenMode::Write).unwrap();
    file.set_len(file.len().unwrap() - bytes).unwrap();
}
