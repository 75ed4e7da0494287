//! WriteTxnMarkers (key 27): the ends of transactions, written into partitions.
//!
//! Asked by transaction coordinators, and by administrators that abort a hanging transaction. v2 carries the version of
//! the transaction (KIP-1228).

use std::sync::Arc;

use protocol_shim::{
    ErrorCode, WritableTxnMarker, WritableTxnMarkerResult, WritableTxnMarkerTopicResult,
    WriteTxnMarkersRequest, WriteTxnMarkersResponse,
};

use crate::by_topic::last_counts;
use crate::context::{Call, Context};
use crate::error_map;
use crate::transactions::{Marker, MarkerError, ProducerIdAndEpoch, TopicPartition, TxnVersion};

/// Answers a WriteTxnMarkers request.
pub async fn handle(ctx: &Context, _call: &Call, request: WriteTxnMarkersRequest) -> WriteTxnMarkersResponse {
    let mut markers = Vec::with_capacity(request.markers.len());
    for wanted in request.markers {
        markers.push(write(ctx, wanted).await);
    }
    WriteTxnMarkersResponse { markers }
}

async fn write(ctx: &Context, wanted: WritableTxnMarker) -> WritableTxnMarkerResult {
    let marker = Marker {
        producer: ProducerIdAndEpoch {
            id: wanted.producer_id,
            epoch: wanted.producer_epoch,
        },
        commit: wanted.committed,
        coordinator_epoch: wanted.coordinator_epoch,
        version: TxnVersion::from_level(i16::from(wanted.transaction_version)),
    };
    let entries = wanted.topics.into_iter();
    let entries = entries.map(|topic| {
        let indexes = topic.partition_indexes.into_iter();
        (topic.name, indexes.map(|index| (index, ())))
    });
    let mut topics = Vec::new();
    for (name, indexes) in last_counts(entries) {
        let topic: Arc<str> = (*name).into();
        let of_index = |partition: &i32| TopicPartition {
            topic: Arc::clone(&topic),
            partition: *partition,
        };
        let wanted: Vec<_> = indexes.keys().map(of_index).collect();
        let written = ctx.transactions.write_marker(marker, &wanted).await;
        let row = |(index, outcome): (i32, Result<(), MarkerError>)| {
            let code = outcome.err().map_or(ErrorCode::None, error_map::marker);
            (index, code.code())
        };
        let partitions = indexes.into_keys().zip(written).map(row).collect();
        topics.push(WritableTxnMarkerTopicResult { name, partitions });
    }
    WritableTxnMarkerResult {
        producer_id: wanted.producer_id,
        topics,
    }
}
