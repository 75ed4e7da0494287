//! A closed log of several segments, and hands on its files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::OpenHint;
use crate::fs::{FileSystem, OpenMode, SimFs};
use crate::log::tests::support::*;

pub fn path(name: &str) -> PathBuf {
    Path::new("/data").join(DIR).join(name)
}

pub fn log_name(base: i64) -> String {
    format!("{base:020}.log")
}

/// All files of the partition.
pub fn contents(fs: &SimFs) -> BTreeMap<String, Vec<u8>> {
    let entries = fs.list(&path("")).unwrap();
    entries
        .into_iter()
        .map(|e| (e.name.clone(), fs.read(&path(&e.name)).unwrap()))
        .collect()
}

pub fn bases(fs: &SimFs) -> Vec<i64> {
    contents(fs)
        .keys()
        .filter_map(|n| n.strip_suffix(".log")?.parse().ok())
        .collect()
}

/// A closed log of several segments with a producer and two epochs.
pub fn filled(fs: &SimFs) -> i64 {
    let mut log = disk(fs);
    for i in 0..40 {
        log.append(&batch(i * 10, 2, b'a', 100), i32::from(i > 20), 0)
            .unwrap();
        append(&mut log, &idempotent(4, 0, i as i32 * 2, 2));
    }
    log.close().unwrap();
    log.log_end_offset()
}

pub fn flip(fs: &SimFs, name: &str, position: u64) {
    let file = fs.open(&path(name), OpenMode::Write).unwrap();
    let mut byte = [0];
    file.read_at(&mut byte, position).unwrap();
    byte[0] ^= 0x40;
    crate::fs::write_all_at(&*file, &byte, &[], position).unwrap();
}

pub fn clean() -> OpenHint {
    OpenHint {
        clean: true,
        ..OpenHint::default()
    }
}
