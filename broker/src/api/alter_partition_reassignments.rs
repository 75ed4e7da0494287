//! AlterPartitionReassignments (key 45): moves replicas between brokers, or stops that.
//!
//! v1 may forbid that the replication factor changes. One broker has nowhere to move anything: what is where it should be
//! succeeds, an unknown broker is refused, and there is never a reassignment to stop.

use protocol_shim::messages::alter_partition_reassignments_response::{
    ReassignablePartitionResponse, ReassignableTopicResponse,
};
use protocol_shim::messages::{AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::Reassign;

/// Answers every partition on its own.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: AlterPartitionReassignmentsRequest,
) -> AlterPartitionReassignmentsResponse {
    if request.timeout_ms <= 0 && !request.topics.is_empty() {
        return too_late(request);
    }
    let wanted: Vec<_> = request
        .topics
        .iter()
        .flat_map(|topic| {
            topic.partitions.iter().map(|partition| {
                let brokers = partition.replicas.as_ref();
                let wanted = brokers.map_or(Reassign::Cancel, |brokers| {
                    Reassign::To(brokers.iter().map(|id| id.0).collect())
                });
                (topic.name.to_string(), partition.partition_index, wanted)
            })
        })
        .collect();
    let may_change_factor = request.allow_replication_factor_change;
    let mut outcomes = context
        .topics
        .reassign(&wanted, may_change_factor)
        .await
        .into_iter();
    // Kafka's reply to nothing has an empty text, others have none.
    let text = request.topics.is_empty().then(StrBytes::default);
    let topics = request.topics.into_iter().map(|topic| {
        let answers = topic.partitions.iter().zip(&mut outcomes);
        let answers = answers.map(|(partition, outcome)| {
            let code = outcome.as_ref().err().map_or(ErrorCode::None, error_map::topic);
            let text = outcome.err().and_then(|refusal| refusal.message);
            ReassignablePartitionResponse::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code.code())
                .with_error_message(text.map(StrBytes::from_string))
        });
        let answers = answers.collect();
        ReassignableTopicResponse::default()
            .with_name(topic.name)
            .with_partitions(answers)
    });
    AlterPartitionReassignmentsResponse::default()
        .with_responses(topics.collect())
        .with_allow_replication_factor_change(may_change_factor)
        .with_error_message(text)
}

/// Kafka's controller looks at the clock before it decides.
fn too_late(request: AlterPartitionReassignmentsRequest) -> AlterPartitionReassignmentsResponse {
    let code = ErrorCode::RequestTimedOut.code();
    let topics = request.topics.into_iter().map(|topic| {
        let refused = topic.partitions.iter().map(|partition| {
            ReassignablePartitionResponse::default()
                .with_partition_index(partition.partition_index)
                .with_error_code(code)
                .with_error_message(None)
        });
        let refused = refused.collect();
        ReassignableTopicResponse::default()
            .with_name(topic.name)
            .with_partitions(refused)
    });
    AlterPartitionReassignmentsResponse::default()
        .with_error_code(code)
        .with_error_message(None)
        .with_responses(topics.collect())
}
