//! Records out of the bytes that were fetched: control records and what was aborted are left out.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use protocol_shim::AbortedTransaction;
use storage::{Batches, ControlType, Scratch, TimestampType, for_each_record};

use crate::client::ClientError;

/// A record that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    /// Its topic.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// Its place there.
    pub offset: i64,
    /// Milliseconds since 1970, -1 for none.
    pub timestamp: i64,
    /// Whether the broker set the time.
    pub is_append_time: bool,
    /// Leader epoch of its batch, -1 for none.
    pub leader_epoch: i32,
    /// `None` = null.
    pub key: Option<Vec<u8>>,
    /// `None` = null.
    pub value: Option<Vec<u8>>,
    /// Names and values (`None` = null).
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

/// What a partition's fetch brought, batch by batch.
#[derive(Debug)]
pub(super) struct Fetched {
    pub topic: String,
    pub partition: i32,
    /// Offset of the first record that is wanted.
    pub from: i64,
    bytes: Bytes,
    /// By first offset; `None` when aborted ones are wanted, too.
    aborted: Option<VecDeque<(i64, i64)>>,
    aborting: BTreeSet<i64>,
    records: VecDeque<Record>,
    /// Offset behind the batch whose records are handed out.
    next: i64,
}

impl Fetched {
    pub(super) fn new(
        topic: String,
        partition: i32,
        from: i64,
        bytes: Bytes,
        aborted: Option<Vec<AbortedTransaction>>,
    ) -> Fetched {
        let aborted = aborted.map(|all| {
            let mut all: Vec<(i64, i64)> = all.iter().map(|t| (t.first_offset, t.producer_id)).collect();
            all.sort_unstable();
            all.into()
        });
        Fetched {
            topic,
            partition,
            from,
            bytes,
            aborted,
            aborting: BTreeSet::new(),
            records: VecDeque::new(),
            next: from,
        }
    }

    /// The next record, and the position behind it; without a record only the position moves on, and `None` is the end.
    pub(super) fn next(
        &mut self,
        scratch: &mut Scratch,
    ) -> Result<Option<(Option<Record>, i64)>, ClientError> {
        if let Some(record) = self.records.pop_front() {
            let behind = record.offset + 1;
            let behind = if self.records.is_empty() {
                behind.max(self.next)
            } else {
                behind
            };
            return Ok(Some((Some(record), behind)));
        }
        let Some((header, batch)) = Batches::new(&self.bytes).next() else {
            return Ok(None);
        };
        let batch = self.bytes.slice(..batch.len());
        self.bytes = self.bytes.slice(batch.len()..);
        self.next = header.next_offset();
        while let Some((_, producer)) = self
            .aborted
            .as_mut()
            .and_then(|aborted| aborted.pop_front_if(|(first, _)| *first <= header.last_offset()))
        {
            self.aborting.insert(producer);
        }
        if header.is_control() {
            self.end_transaction(&header, &batch, scratch)?;
            return Ok(Some((None, self.next)));
        }
        if header.is_transactional() && self.aborting.contains(&header.producer_id) {
            return Ok(Some((None, self.next)));
        }
        let is_append_time = header.timestamp_type() == TimestampType::LogAppendTime;
        let (from, records) = (self.from, &mut self.records);
        let (topic, partition) = (&self.topic, self.partition);
        let read = for_each_record(&batch, scratch, |record| {
            if record.offset >= from {
                let owned = |(key, value): (&[u8], Option<&[u8]>)| (key.to_vec(), value.map(<[u8]>::to_vec));
                records.push_back(Record {
                    topic: topic.clone(),
                    partition,
                    offset: record.offset,
                    timestamp: record.timestamp,
                    is_append_time,
                    leader_epoch: header.partition_leader_epoch,
                    key: record.key.map(<[u8]>::to_vec),
                    value: record.value.map(<[u8]>::to_vec),
                    headers: record.headers.map(owned).collect(),
                });
            }
            Ok::<(), ()>(())
        });
        read.map_err(|_| self.damaged())?;
        if self.records.is_empty() {
            return Ok(Some((None, self.next)));
        }
        self.next(scratch)
    }

    fn end_transaction(
        &mut self,
        header: &storage::BatchHeader,
        batch: &[u8],
        scratch: &mut Scratch,
    ) -> Result<(), ClientError> {
        let mut is_abort = false;
        let read = for_each_record(batch, scratch, |record| {
            is_abort |= record.key.and_then(ControlType::from_key) == Some(ControlType::Abort);
            Ok::<(), ()>(())
        });
        read.map_err(|_| self.damaged())?;
        if is_abort {
            self.aborting.remove(&header.producer_id);
        }
        Ok(())
    }

    fn damaged(&self) -> ClientError {
        ClientError::foreign(
            "org.apache.kafka.common.KafkaException",
            format!(
                "Received exception when fetching the next record from {}-{}. If needed, please seek past the record to continue consumption.",
                self.topic, self.partition
            ),
        )
    }
}

#[cfg(test)]
mod tests {
    use storage::{BatchBuilder, end_txn_marker};

    use super::*;

    fn batch(base: i64, producer: i64, values: &[&str], transactional: bool) -> Vec<u8> {
        let mut builder = BatchBuilder::new(0);
        if transactional {
            builder = builder.producer(producer, 0, 0).transactional();
        }
        values
            .iter()
            .for_each(|value| builder.push(5, None, Some(value.as_bytes()), &[]));
        let batch = builder.build();
        [&batch.head_for(base, 2)[..], batch.body()].concat()
    }

    fn marker(base: i64, producer: i64, commit: bool) -> Vec<u8> {
        let (key, value) = end_txn_marker(commit, 0);
        let mut builder = BatchBuilder::new(0)
            .producer(producer, 0, -1)
            .transactional()
            .control();
        builder.push(5, Some(&key), Some(&value), &[]);
        let batch = builder.build();
        [&batch.head_for(base, 2)[..], batch.body()].concat()
    }

    fn values(from: i64, bytes: Vec<u8>, aborted: Option<Vec<AbortedTransaction>>) -> (Vec<String>, i64) {
        let mut fetched = Fetched::new("t".to_owned(), 0, from, bytes.into(), aborted);
        let (mut seen, mut position) = (Vec::new(), from);
        while let Some((record, behind)) = fetched.next(&mut Scratch::default()).expect("whole") {
            position = behind;
            seen.extend(record.map(|r| String::from_utf8(r.value.unwrap_or_default()).expect("text")));
        }
        (seen, position)
    }

    #[test]
    fn records_before_the_position_and_aborted_ones_are_left_out() {
        let bytes = [
            batch(0, -1, &["a", "b"], false),
            batch(2, 7, &["c"], true),
            batch(3, 8, &["d"], true),
            marker(4, 7, false),
            batch(5, 7, &["e"], true),
            marker(6, 7, true),
            marker(7, 8, true),
        ]
        .concat();
        let aborted = AbortedTransaction {
            producer_id: 7,
            first_offset: 2,
        };
        assert_eq!(
            values(1, bytes.clone(), Some(vec![aborted])),
            (vec!["b".to_owned(), "d".to_owned(), "e".to_owned()], 8)
        );
        assert_eq!(values(0, bytes, None).0.len(), 5);
    }
}
