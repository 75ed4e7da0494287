//! Folders, batches and logs for tests.

use std::path::Path;
use std::sync::Arc;

use uuid::Uuid;

use crate::fs::{FileSystem, SimFs};
use crate::{
    Appended, BatchBuilder, BatchHeader, CheckedBatch, DataFolder, FolderIds, Log, LogError, LogOptions,
    LogView, MemoryBudget, OpenHint, RecoveryReport,
};

pub const DIR: &str = "events-0";
pub const TOPIC: Uuid = Uuid::from_u128(0x0717A);
pub const ALL: i64 = i64::MAX;

pub fn folder(fs: &SimFs) -> Arc<DataFolder> {
    let fs: Arc<dyn FileSystem> = Arc::new(fs.clone());
    folder_at(fs, Path::new("/data"))
}

pub fn folder_at(fs: Arc<dyn FileSystem>, path: &Path) -> Arc<DataFolder> {
    let ids = FolderIds {
        cluster_id: None,
        node_id: 1,
        fresh_cluster_id: Uuid::from_u128(5),
        fresh_directory_id: Uuid::from_u128(6),
    };
    DataFolder::open(fs, path, &ids, 8).unwrap()
}

/// Small segments and a dense index, so that short tests see many of both.
pub fn small() -> LogOptions {
    LogOptions {
        segment_bytes: 2000,
        index_interval_bytes: 200,
        ..LogOptions::default()
    }
}

pub fn disk(fs: &SimFs) -> Log {
    Log::create(&folder(fs), DIR, TOPIC, small()).unwrap()
}

pub fn memory() -> Log {
    Log::in_memory(Arc::new(MemoryBudget::new(64 << 20)), small())
}

/// Opens after a crash, knowing nothing durable.
pub fn recover(fs: &SimFs) -> Result<(Log, RecoveryReport), LogError> {
    open(fs, OpenHint::default())
}

pub fn open(fs: &SimFs, hint: OpenHint) -> Result<(Log, RecoveryReport), LogError> {
    Log::open(&folder(fs), DIR, TOPIC, small(), hint, 0)
}

/// `count` records whose values name `tag`, one millisecond apart from `timestamp` on.
pub fn batch(timestamp: i64, count: usize, tag: u8, value_len: usize) -> CheckedBatch {
    fill(BatchBuilder::new(timestamp), timestamp, count, tag, value_len)
}

pub fn idempotent(producer_id: i64, epoch: i16, sequence: i32, count: usize) -> CheckedBatch {
    fill(
        BatchBuilder::new(7).producer(producer_id, epoch, sequence),
        7,
        count,
        b'i',
        40,
    )
}

fn fill(mut builder: BatchBuilder, timestamp: i64, count: usize, tag: u8, value_len: usize) -> CheckedBatch {
    for i in 0..count {
        builder.push(
            timestamp + i as i64,
            Some(&[tag]),
            Some(&vec![tag; value_len]),
            &[],
        );
    }
    builder.build()
}

pub fn append(log: &mut Log, batch: &CheckedBatch) -> Appended {
    log.append(batch, 0, 0).unwrap()
}

/// All whole batches from `offset` on, as (base offset, bytes).
pub fn read_all(view: &LogView, offset: i64) -> Vec<(i64, Vec<u8>)> {
    let mut found = Vec::new();
    let mut next = offset;
    loop {
        let result = view.read(next, 700, ALL, true).unwrap();
        let bytes: Vec<u8> = result.chunks.iter().flat_map(|c| c.to_bytes().unwrap()).collect();
        assert_eq!(bytes.len(), result.bytes);
        let mut rest = &bytes[..];
        while let Some(header) = BatchHeader::read(rest).filter(|h| h.size_in_bytes() <= rest.len()) {
            let (batch, behind) = rest.split_at(header.size_in_bytes());
            found.push((header.base_offset, batch.to_vec()));
            assert!(header.next_offset() > next, "reading goes forward");
            next = header.next_offset();
            rest = behind;
        }
        if bytes.is_empty() {
            return found;
        }
    }
}

/// What a batch must read back as.
pub fn stored(batch: &CheckedBatch, appended: &Appended, epoch: i32) -> (i64, Vec<u8>) {
    let mut bytes = batch.head_for(appended.base_offset, epoch).to_vec();
    bytes.extend_from_slice(batch.body());
    (appended.base_offset, bytes)
}

/// Trims, and removes what that retired; answers the log start.
pub fn trim(log: &mut Log, offset: i64) -> i64 {
    let (start, retired) = log.trim(offset).unwrap();
    retired.rename().unwrap().remove().unwrap();
    start
}
