//! Requests of the clients, as the handlers get them.

use std::sync::Arc;

use protocol_shim::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use protocol_shim::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use protocol_shim::messages::fetch_request::{FetchPartition, FetchTopic};
use protocol_shim::messages::txn_offset_commit_request::{
    TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use protocol_shim::messages::*;
use protocol_shim::{
    ErrorCode, FetchPartitionResponse, OffsetFetchGroup, OffsetFetchRequest, OffsetFetchTopic,
    ProducePartition, ProduceRequest, ProduceTopic, StrBytes,
};
use storage::{BATCH_HEADER_LEN, BatchBuilder, Chunk};

use super::world::{IN, OUT, World};
use crate::api;
use crate::config::Role;
use crate::context::{Call, Context, Endpoint, Entrance};
use crate::quotas::Usage;
use crate::transactions::ProducerIdAndEpoch;

pub const GROUP: &str = "copiers";
pub const TIMEOUT_MS: i32 = 2_000;

/// What a request came to; `None` when the broker died first.
pub type Answered<T> = Option<Result<T, ErrorCode>>;

fn call(version: i16) -> Call {
    Call {
        version,
        client_id: "".into(),
        client_host: [127, 0, 0, 1].into(),
        request_bytes: 0,
        usage: Usage::default(),
        entrance: Arc::new(Entrance {
            listener: "PLAINTEXT".into(),
            role: Role::Broker,
            here: Endpoint {
                host: "here".into(),
                port: 77,
            },
            bound_port: 77,
        }),
    }
}

fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

fn checked<T>(code: i16, answer: T) -> Result<T, ErrorCode> {
    match ErrorCode::from_code(code) {
        Some(ErrorCode::None) => Ok(answer),
        Some(code) => Err(code),
        None => panic!("error code {code}"),
    }
}

/// With what the producer has already, or -1.
pub async fn init(
    world: &World,
    id: &str,
    newer: bool,
    current: ProducerIdAndEpoch,
) -> Answered<ProducerIdAndEpoch> {
    let request = InitProducerIdRequest::default()
        .with_transactional_id(Some(text(id).into()))
        .with_transaction_timeout_ms(TIMEOUT_MS)
        .with_producer_id(current.id.into())
        .with_producer_epoch(current.epoch);
    let version = if newer { 5 } else { 4 };
    let ask = async move |ctx: Arc<Context>| {
        let r = api::init_producer_id::handle(&ctx, &call(version), request).await;
        let (id, epoch) = (r.producer_id.0, r.producer_epoch);
        checked(r.error_code, ProducerIdAndEpoch { id, epoch })
    };
    world.call(ask).await
}

pub async fn add_partition(
    world: &World,
    id: &str,
    producer: ProducerIdAndEpoch,
    partition: i32,
) -> Answered<()> {
    let topic = AddPartitionsToTxnTopic::default()
        .with_name(text(OUT).into())
        .with_partitions(vec![partition]);
    let request = AddPartitionsToTxnRequest::default()
        .with_v3_and_below_transactional_id(text(id).into())
        .with_v3_and_below_producer_id(producer.id.into())
        .with_v3_and_below_producer_epoch(producer.epoch)
        .with_v3_and_below_topics(vec![topic]);
    let ask = async move |ctx: Arc<Context>| {
        let r = api::add_partitions_to_txn::handle(&ctx, &call(3), request).await;
        let row = &r.results_by_topic_v3_and_below[0].results_by_partition[0];
        checked(row.partition_error_code, ())
    };
    world.call(ask).await
}

pub async fn add_offsets(world: &World, id: &str, producer: ProducerIdAndEpoch) -> Answered<()> {
    let request = AddOffsetsToTxnRequest::default()
        .with_transactional_id(text(id).into())
        .with_producer_id(producer.id.into())
        .with_producer_epoch(producer.epoch)
        .with_group_id(text(GROUP).into());
    let ask = async move |ctx: Arc<Context>| {
        let r = api::add_offsets_to_txn::handle(&ctx, &call(3), request).await;
        checked(r.error_code, ())
    };
    world.call(ask).await
}

/// A batch of a transaction on its way to a partition.
#[derive(Clone, Debug)]
pub struct Sending {
    pub id: &'static str,
    pub producer: ProducerIdAndEpoch,
    pub newer: bool,
    pub partition: i32,
    pub sequence: i32,
    /// Key and value of each record.
    pub records: Vec<(String, String)>,
}

/// Answers the batch's offset.
pub async fn produce(world: &World, sending: Sending) -> Answered<i64> {
    let Sending {
        producer, partition, ..
    } = sending;
    let mut builder = BatchBuilder::new(1_000_000_000_000)
        .producer(producer.id, producer.epoch, sending.sequence)
        .transactional();
    for (key, text) in &sending.records {
        builder.push(
            1_000_000_000_000,
            Some(key.as_bytes()),
            Some(text.as_bytes()),
            &[],
        );
    }
    let batch = builder.build();
    let head: [u8; BATCH_HEADER_LEN] = batch.head_for(0, -1);
    let request = ProduceRequest {
        transactional_id: Some(text(sending.id)),
        acks: -1,
        timeout_ms: 1000,
        topics: vec![ProduceTopic {
            name: text(OUT),
            partitions: vec![ProducePartition {
                index: partition,
                records: Some([&head, &batch.body()[..]].concat().into()),
            }],
            ..ProduceTopic::default()
        }],
    };
    let version = if sending.newer { 12 } else { 11 };
    let ask = async move |ctx: Arc<Context>| {
        let mut produced = api::produce::start(&ctx, &call(version), request).await;
        for waiting in std::mem::take(&mut produced.waiting) {
            let mut ticket = waiting.ticket;
            if ticket.done().await.is_err() {
                produced.refuse(waiting.topic, waiting.partition, ErrorCode::KafkaStorageError);
            }
        }
        let row = &produced.response.topics[0].partitions[0];
        checked(row.error_code, row.base_offset)
    };
    world.call(ask).await
}

pub async fn commit_offset(
    world: &World,
    id: &str,
    producer: ProducerIdAndEpoch,
    newer: bool,
    offset: i64,
) -> Answered<()> {
    let partition = TxnOffsetCommitRequestPartition::default()
        .with_partition_index(0)
        .with_committed_offset(offset);
    let topic = TxnOffsetCommitRequestTopic::default()
        .with_name(text(IN).into())
        .with_partitions(vec![partition]);
    let request = TxnOffsetCommitRequest::default()
        .with_transactional_id(text(id).into())
        .with_group_id(text(GROUP).into())
        .with_producer_id(producer.id.into())
        .with_producer_epoch(producer.epoch)
        .with_topics(vec![topic]);
    let version = if newer { 5 } else { 3 };
    let ask = async move |ctx: Arc<Context>| {
        let r = api::txn_offset_commit::handle(&ctx, &call(version), request).await;
        checked(r.topics[0].partitions[0].error_code, ())
    };
    world.call(ask).await
}

/// Answers the producer of the next transaction.
pub async fn end(
    world: &World,
    id: &str,
    producer: ProducerIdAndEpoch,
    newer: bool,
    commit: bool,
) -> Answered<ProducerIdAndEpoch> {
    let request = EndTxnRequest::default()
        .with_transactional_id(text(id).into())
        .with_producer_id(producer.id.into())
        .with_producer_epoch(producer.epoch)
        .with_committed(commit);
    let version = if newer { 5 } else { 4 };
    let ask = async move |ctx: Arc<Context>| {
        let r = api::end_txn::handle(&ctx, &call(version), request).await;
        let next = ProducerIdAndEpoch {
            id: r.producer_id.0,
            epoch: r.producer_epoch,
        };
        checked(r.error_code, if newer { next } else { producer })
    };
    world.call(ask).await
}

/// The group's offset, 0 for none; an error while a transaction holds it back.
pub async fn committed(world: &World) -> Answered<i64> {
    let request = OffsetFetchRequest {
        groups: vec![OffsetFetchGroup {
            group_id: text(GROUP),
            topics: Some(vec![OffsetFetchTopic {
                name: text(IN),
                topic_id: uuid::Uuid::nil(),
                partition_indexes: vec![0],
            }]),
            ..OffsetFetchGroup::default()
        }],
        require_stable: true,
    };
    let ask = async move |ctx: Arc<Context>| {
        let r = api::offset_fetch::handle(&ctx, &call(8), request).await;
        checked(r.groups[0].error_code, ())?;
        let row = &r.groups[0].topics[0].partitions[0];
        checked(row.error_code, row.committed_offset.max(0))
    };
    world.call(ask).await
}

/// Answers where the log starts now.
pub async fn delete_records(world: &World, partition: i32, offset: i64) -> Answered<i64> {
    let wanted = DeleteRecordsPartition::default()
        .with_partition_index(partition)
        .with_offset(offset);
    let topic = DeleteRecordsTopic::default()
        .with_name(text(OUT).into())
        .with_partitions(vec![wanted]);
    let request = DeleteRecordsRequest::default().with_topics(vec![topic]);
    let ask = async move |ctx: Arc<Context>| {
        let r = api::delete_records::handle(&ctx, &call(2), request).await;
        let row = &r.topics[0].partitions[0];
        checked(row.error_code, row.low_watermark)
    };
    world.call(ask).await
}

pub async fn fetch(
    world: &World,
    partition: i32,
    offset: i64,
    committed: bool,
) -> Answered<FetchPartitionResponse<Chunk>> {
    let wanted = FetchPartition::default()
        .with_partition(partition)
        .with_fetch_offset(offset)
        .with_partition_max_bytes(1 << 20);
    let topic = FetchTopic::default()
        .with_topic(text(OUT).into())
        .with_partitions(vec![wanted]);
    let request = FetchRequest::default()
        .with_max_bytes(1 << 20)
        .with_max_wait_ms(0)
        .with_isolation_level(i8::from(committed))
        .with_session_epoch(-1)
        .with_topics(vec![topic]);
    let ask = async move |ctx: Arc<Context>| {
        let mut r = api::fetch::handle(&ctx, &call(11), request).await;
        let row = r.topics.remove(0).partitions.remove(0);
        checked(row.error_code, row)
    };
    world.call(ask).await
}
