//! ListPartitionReassignments (key 46): moves of replicas between brokers that are going on. One broker has none.

use protocol_shim::messages::{ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse};

use crate::context::{Call, Context};

/// Answers a ListPartitionReassignments request; topics that do not exist are left out, as in Kafka.
pub async fn handle(
    _context: &Context,
    _call: &Call,
    _request: ListPartitionReassignmentsRequest,
) -> ListPartitionReassignmentsResponse {
    ListPartitionReassignmentsResponse::default().with_error_message(None)
}
