//! AddOffsetsToTxn (key 25): the offsets of a group will be part of the transaction.
//!
//! What is added is the group's partition of `__consumer_offsets`. v2 PRODUCER_FENCED, v4 TRANSACTION_ABORTABLE.

use std::collections::BTreeSet;

use protocol_shim::ErrorCode;
use protocol_shim::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::CONSUMER_OFFSETS;
use crate::transactions::{ProducerIdAndEpoch, TopicPartition, TxnVersion};

/// First version that knows PRODUCER_FENCED.
const FENCED_SINCE: i16 = 2;

/// Answers an AddOffsetsToTxn request.
pub async fn handle(ctx: &Context, call: &Call, request: AddOffsetsToTxnRequest) -> AddOffsetsToTxnResponse {
    let code = match add(ctx, call, &request).await {
        Ok(()) => ErrorCode::None,
        Err(code) => code,
    };
    AddOffsetsToTxnResponse::default().with_error_code(code.code())
}

async fn add(ctx: &Context, call: &Call, request: &AddOffsetsToTxnRequest) -> Result<(), ErrorCode> {
    let offsets = TopicPartition {
        topic: CONSUMER_OFFSETS.into(),
        partition: ctx.groups.shard_of(&request.group_id),
    };
    let producer = ProducerIdAndEpoch {
        id: request.producer_id.0,
        epoch: request.producer_epoch,
    };
    let partitions = BTreeSet::from([offsets]);
    let added =
        ctx.transactions
            .add_partitions(&request.transactional_id, producer, &partitions, TxnVersion::V0);
    added
        .await
        .map_err(|error| error_map::transaction_for(error, call.version, FENCED_SINCE))
}
