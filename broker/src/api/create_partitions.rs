//! CreatePartitions (key 37): topics only grow. All versions (0–3) say the same.
//!
//! New partitions serve when the reply leaves. Since v3 a used-up quota on changes refuses a topic.
//! Without any time (`timeout_ms` of 0 or less) nothing is decided.

use protocol_shim::messages::create_partitions_response::CreatePartitionsTopicResult;
use protocol_shim::messages::{CreatePartitionsRequest, CreatePartitionsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{MorePartitions, Terms};

/// First version that knows THROTTLING_QUOTA_EXCEEDED.
const STRICT_SINCE: i16 = 3;

/// Answers a CreatePartitions request.
pub async fn handle(
    ctx: &Context,
    call: &Call,
    request: CreatePartitionsRequest,
) -> CreatePartitionsResponse {
    let topics: Vec<MorePartitions> = request
        .topics
        .into_iter()
        .map(|topic| MorePartitions {
            name: topic.name.to_string(),
            count: topic.count,
            assignments: topic.assignments.map(|all| {
                all.into_iter()
                    .map(|one| one.broker_ids.into_iter().map(|id| id.0).collect())
                    .collect()
            }),
        })
        .collect();
    let mutations = ctx.mutations(call, STRICT_SINCE);
    let terms = Terms {
        admit: &|partitions| mutations.admit(partitions),
        too_late: request.timeout_ms <= 0,
    };
    let results = ctx
        .topics
        .create_partitions_on(&topics, request.validate_only, terms)
        .await
        .into_iter();
    let results = results.map(|(name, result)| {
        let (error, message) = match result {
            Ok(()) => (ErrorCode::None, None),
            Err(error) => (error_map::topic(&error), error.message),
        };
        CreatePartitionsTopicResult::default()
            .with_name(StrBytes::from_string(name).into())
            .with_error_code(error.code())
            .with_error_message(message.map(StrBytes::from_string))
    });
    CreatePartitionsResponse::default().with_results(results.collect())
}
