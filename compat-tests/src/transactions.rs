//! Transactional producers, driven request by request, in both worlds: `transaction.version` 0 and 1 (partitions are
//! added by the producer) and 2 (KIP-890: producing adds them, and every end gives a new epoch).

use crate::batch::{Batch, Record, read_batches};
use crate::errors::{CONCURRENT_TRANSACTIONS, COORDINATOR_LOAD_IN_PROGRESS, NONE, NOT_COORDINATOR};
use crate::ops::{fetch_request, produce_request};
use crate::server::external;
use crate::wire::{Client, Value};
use crate::{eventually, eventually_some, list, obj};

/// A transactional producer as the broker knows it.
#[derive(Clone, Debug)]
pub struct Producer {
    pub id: String,
    pub producer_id: i64,
    pub epoch: i16,
    /// Next sequence number of the only partition that it writes to.
    pub sequence: i32,
}

/// Calls until the answer's error code is none that passes by itself: a coordinator that still loads, or an end that is
/// not through.
#[track_caller]
pub fn settled(client: &mut Client, api: &str, version: i16, request: &Value) -> Value {
    eventually_some(api, || {
        let answer = client.call(api, version, request.clone());
        let code = answer["error_code"].int() as i16;
        let unready = (COORDINATOR_LOAD_IN_PROGRESS..=NOT_COORDINATOR).contains(&code);
        if unready && let Some(id) = request.get("transactional_id") {
            // Kafka has no coordinators before somebody asks for one.
            client.call("FindCoordinator", 1, obj! { key: id.str(), key_type: 1 });
        }
        (!unready && code != CONCURRENT_TRANSACTIONS).then_some(answer)
    })
}

/// An InitProducerId request of a producer that knows no id yet.
pub fn init_request(id: &str, timeout_ms: i32) -> Value {
    obj! { transactional_id: id, transaction_timeout_ms: timeout_ms, producer_id: -1, producer_epoch: -1 }
}

impl Producer {
    /// The producer of a transactional id, everybody before it fenced; transactions time out after a minute.
    #[track_caller]
    pub fn init(client: &mut Client, id: &str) -> Producer {
        Producer::init_with_timeout(client, id, 60_000)
    }

    /// The same with a time-out in milliseconds.
    #[track_caller]
    pub fn init_with_timeout(client: &mut Client, id: &str, timeout_ms: i32) -> Producer {
        let answer = settled(client, "InitProducerId", 4, &init_request(id, timeout_ms));
        assert_eq!(answer["error_code"], NONE, "{answer:?}");
        Producer {
            id: id.to_owned(),
            producer_id: answer["producer_id"].int(),
            epoch: answer["producer_epoch"].int() as i16,
            sequence: 0,
        }
    }

    /// An AddPartitionsToTxn request of a producer (versions up to 3).
    pub fn add_request(&self, topic: &str, partitions: &[i32]) -> Value {
        let partitions: Vec<Value> = partitions.iter().map(|&p| p.into()).collect();
        obj! {
            v3_and_below_transactional_id: &self.id, v3_and_below_producer_id: self.producer_id,
            v3_and_below_producer_epoch: self.epoch,
            v3_and_below_topics: list![obj! { name: topic, partitions: partitions }],
        }
    }

    /// Adds a partition to the transaction; the partition's error code comes back.
    #[track_caller]
    pub fn add(&self, client: &mut Client, topic: &str, partition: i32) -> i16 {
        eventually_some("the partition in the transaction", || {
            let answer = client.call("AddPartitionsToTxn", 3, self.add_request(topic, &[partition]));
            let result = &answer["results_by_topic_v3_and_below"][0]["results_by_partition"][0];
            let code = result["partition_error_code"].int() as i16;
            (code != CONCURRENT_TRANSACTIONS).then_some(code)
        })
    }

    /// Sends values to a partition in a Produce of that version (12 adds the partition); its answer comes back.
    #[track_caller]
    pub fn send(
        &mut self,
        client: &mut Client,
        version: i16,
        topic: &str,
        partition: i32,
        values: &[&str],
    ) -> Value {
        self.send_batch(client, version, topic, partition, Batch::of(values))
    }

    #[track_caller]
    fn send_batch(
        &mut self,
        client: &mut Client,
        version: i16,
        topic: &str,
        partition: i32,
        batch: Batch,
    ) -> Value {
        let count = batch.record_count;
        let batch = batch.in_transaction(self.producer_id, self.epoch, self.sequence);
        let answer = eventually_some("the records in the transaction", || {
            let mut request = produce_request(topic, partition, -1, batch.bytes());
            request.set("transactional_id", self.id.as_str());
            let response = client.call("Produce", version, request);
            let answer = response["responses"][0]["partition_responses"][0].clone();
            (answer["error_code"] != CONCURRENT_TRANSACTIONS).then_some(answer)
        });
        if answer["error_code"] == NONE {
            self.sequence += count;
        }
        answer
    }

    /// Adds the partition and writes to it, as producers before `transaction.version` 2 do.
    #[track_caller]
    pub fn write(&mut self, client: &mut Client, topic: &str, partition: i32, values: &[&str]) {
        self.write_batch(client, topic, partition, Batch::of(values));
    }

    /// The same with a batch.
    #[track_caller]
    pub fn write_batch(&mut self, client: &mut Client, topic: &str, partition: i32, batch: Batch) {
        assert_eq!(self.add(client, topic, partition), NONE);
        let answer = self.send_batch(client, 11, topic, partition, batch);
        assert_eq!(answer["error_code"], NONE, "{answer:?}");
    }

    /// Waits until all markers are written, which Kafka does after it has answered.
    #[track_caller]
    fn await_markers(&self, client: &mut Client) {
        let request = obj! { transactional_ids: list![self.id.as_str()] };
        eventually("the end of the transaction", || {
            let answer = client.call("DescribeTransactions", 0, request.clone());
            let state = answer["transaction_states"][0]["transaction_state"].str();
            state == "Empty" || state.starts_with("Complete")
        });
    }

    /// An EndTxn request.
    pub fn end_request(&self, commit: bool) -> Value {
        obj! {
            transactional_id: &self.id, producer_id: self.producer_id, producer_epoch: self.epoch, committed: commit,
        }
    }

    /// Ends the transaction with EndTxn of that version, takes what id and epoch version 5 gives, and answers the code.
    #[track_caller]
    pub fn end(&mut self, client: &mut Client, version: i16, commit: bool) -> i16 {
        let answer = settled(client, "EndTxn", version, &self.end_request(commit));
        let code = answer["error_code"].int() as i16;
        if code == NONE && external().is_some() {
            self.await_markers(client);
        }
        if version >= 5 && code == NONE {
            let given = (answer["producer_id"].int(), answer["producer_epoch"].int() as i16);
            self.sequence = if given == (self.producer_id, self.epoch) {
                self.sequence
            } else {
                0
            };
            (self.producer_id, self.epoch) = given;
        }
        code
    }
}

/// Values that a consumer of committed records sees, from the start, up to the last stable offset.
#[track_caller]
pub fn committed_values(client: &mut Client, topic: &str, partition: i32) -> Vec<String> {
    let mut values = Vec::new();
    let mut offset = 0;
    loop {
        let mut request = fetch_request(topic, partition, offset);
        request.set("isolation_level", 1);
        let response = client.call("Fetch", 12, request);
        let answer = &response["responses"][0]["partitions"][0];
        assert_eq!(answer["error_code"], NONE, "{answer:?}");
        let batches = match &answer["records"] {
            records if records.is_null() => Vec::new(),
            records => read_batches(records.bytes()).expect("batches"),
        };
        let Some(end) = batches
            .last()
            .map(|(b, _)| b.base_offset + i64::from(b.last_offset_delta) + 1)
        else {
            return values;
        };
        let mut aborted: Vec<(i64, i64)> = match &answer["aborted_transactions"] {
            list if list.is_null() => Vec::new(),
            list => list
                .list()
                .iter()
                .map(|t| (t["producer_id"].int(), t["first_offset"].int()))
                .collect(),
        };
        for (batch, records) in &batches {
            let is_transactional = batch.attributes & 0x10 != 0;
            if batch.attributes & 0x20 != 0 {
                // A marker ends the oldest aborted transaction of its producer.
                let ended = aborted
                    .iter()
                    .position(|t| t.0 == batch.producer_id && t.1 < batch.base_offset);
                ended.map(|at| aborted.remove(at));
                continue;
            }
            let dropped = is_transactional
                && aborted
                    .iter()
                    .any(|t| t.0 == batch.producer_id && t.1 <= batch.base_offset);
            if !dropped && batch.base_offset >= offset {
                values.extend(records.iter().map(text));
            }
        }
        offset = end;
    }
}

fn text(record: &Record) -> String {
    String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned()
}
