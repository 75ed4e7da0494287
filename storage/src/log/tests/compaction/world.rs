//! A log with keys, producers and transactions, and what consumers must see of it.

use std::collections::BTreeMap;

use crate::batch::{Codec, Compression, ControlType, end_txn_marker};
use crate::log::tests::support::*;
use crate::{
    AbortedTxn, Appended, BatchBuilder, BatchHeader, CheckedBatch, CompactionLimits, CompactionSettings, Log,
    LogView, Scratch, SimFs, for_each_record,
};

/// Offset, timestamp, key, value.
pub type Row = (i64, i64, Option<Vec<u8>>, Option<Vec<u8>>);

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub struct Writer {
    pub producer: Option<(i64, i16, i32)>,
    pub transactional: bool,
    pub codec: Codec,
}

pub const PLAIN: Writer = Writer {
    producer: None,
    transactional: false,
    codec: Codec::None,
};

pub fn keyed(writer: Writer, time: i64, records: &[(&str, Option<&str>)]) -> CheckedBatch {
    let mut builder = BatchBuilder::new(time);
    if let Some((id, epoch, sequence)) = writer.producer {
        builder = builder.producer(id, epoch, sequence);
    }
    if writer.transactional {
        builder = builder.transactional();
    }
    for (i, (key, value)) in records.iter().enumerate() {
        let headers: &[(&[u8], Option<&[u8]>)] = &[(b"h", Some(b"1"))];
        builder.push(
            time + i as i64,
            Some(key.as_bytes()),
            value.map(str::as_bytes),
            headers,
        );
    }
    let batch = builder.build();
    match writer.codec {
        Codec::None => batch,
        codec => batch
            .recompress(Compression::of(codec), 1 << 20, &mut Scratch::default())
            .unwrap(),
    }
}

pub fn marker(producer: i64, epoch: i16, commit: bool, time: i64) -> CheckedBatch {
    let (key, value) = end_txn_marker(commit, 3);
    let mut builder = BatchBuilder::new(time)
        .producer(producer, epoch, -1)
        .transactional()
        .control();
    builder.push(time, Some(&key), Some(&value), &[]);
    builder.build()
}

pub fn append(log: &mut Log, batch: &CheckedBatch) -> Appended {
    log.append(batch, 0, 0).unwrap()
}

/// Syncs everything and notes it, as the broker does before a pass.
pub fn sync(log: &mut Log) {
    let dirty = log.dirty();
    dirty.files.iter().for_each(|f| f.sync_data().unwrap());
    log.synced(&dirty);
}

pub fn settings(now_ms: i64) -> CompactionSettings {
    CompactionSettings {
        map_bytes_max: 1 << 20,
        load_factor: 0.9,
        buffer_bytes: 0,
        hash_key: (1, 2),
        delete_retention_ms: 100,
        now_ms,
    }
}

pub fn limits(log: &Log) -> CompactionLimits {
    CompactionLimits {
        last_stable_offset: log.first_unstable_offset().unwrap_or(log.log_end_offset()),
        min_lag_ms: 0,
        max_lag_ms: i64::MAX,
    }
}

/// Every log closes its segment after this.
pub fn fill(log: &mut Log, time: i64) {
    let value = "x".repeat(1900);
    append(log, &keyed(PLAIN, time, &[("filler", Some(&value))]));
}

pub fn both() -> [Log; 2] {
    [disk(&SimFs::new(1)), memory()]
}

pub fn compact(log: &mut Log, checkpoint: Option<i64>, now_ms: i64) -> Option<i64> {
    sync(log);
    let limits = limits(log);
    let done = log.compact(checkpoint, &limits, &settings(now_ms)).unwrap();
    done.map(|(end, _)| end)
}

/// Everything stored, aborted and control records included.
pub fn rows(view: &LogView) -> Vec<Row> {
    let mut rows = Vec::new();
    for (_, bytes) in read_all(view, view.log_start_offset()) {
        for_each_record(&bytes, &mut Scratch::default(), |r| {
            rows.push((
                r.offset,
                r.timestamp,
                r.key.map(<[u8]>::to_vec),
                r.value.map(<[u8]>::to_vec),
            ));
            Ok::<(), ()>(())
        })
        .unwrap();
    }
    rows
}

pub fn keys(log: &Log) -> Vec<(i64, String)> {
    let rows = rows(&log.view()).into_iter();
    rows.map(|(o, _, k, _)| (o, String::from_utf8(k.unwrap()).unwrap()))
        .filter(|(_, k)| k != "filler")
        .collect()
}

pub fn headers(view: &LogView) -> Vec<BatchHeader> {
    let batches = read_all(view, view.log_start_offset());
    batches
        .iter()
        .map(|(_, b)| BatchHeader::read(b).unwrap())
        .collect()
}

/// Records that a `read_committed` consumer gets, by the consumer's own algorithm.
pub fn committed(view: &LogView) -> Vec<Row> {
    let mut ahead: Vec<AbortedTxn> = view
        .aborted_transactions(view.log_start_offset(), view.log_end_offset())
        .unwrap();
    ahead.sort_by_key(|t| t.first_offset);
    let mut ahead = ahead.into_iter().peekable();
    let mut aborted = std::collections::BTreeSet::new();
    let mut rows = Vec::new();
    for (_, bytes) in read_all(view, view.log_start_offset()) {
        let header = BatchHeader::read(&bytes).unwrap();
        while let Some(next) = ahead.next_if(|t| t.first_offset <= header.last_offset()) {
            aborted.insert(next.producer_id);
        }
        let mut abort_marker = false;
        for_each_record(&bytes, &mut Scratch::default(), |r| {
            if header.is_control() {
                abort_marker |= r.key.and_then(ControlType::from_key) == Some(ControlType::Abort);
            } else if !(header.is_transactional() && aborted.contains(&header.producer_id)) {
                rows.push((
                    r.offset,
                    r.timestamp,
                    r.key.map(<[u8]>::to_vec),
                    r.value.map(<[u8]>::to_vec),
                ));
            }
            Ok::<(), ()>(())
        })
        .unwrap();
        if abort_marker {
            aborted.remove(&header.producer_id);
        }
    }
    rows
}

/// Last value of every key; keys that were deleted are not there.
pub fn latest(rows: &[Row]) -> BTreeMap<Vec<u8>, Vec<u8>> {
    let mut map = BTreeMap::new();
    for (_, _, key, value) in rows {
        let key = key.clone().unwrap();
        match value {
            Some(value) => map.insert(key, value.clone()),
            None => map.remove(&key),
        };
    }
    map
}
