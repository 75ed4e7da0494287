//! AlterConfigs (key 33): the whole set of configs of a resource at once; what is not named falls back to its default.
//!
//! v2 flexible. Superseded by IncrementalAlterConfigs, still sent by older clients. Log levels are not known here. A
//! resource that comes twice is refused; Kafka 4.3 leaves such a request without an answer.

use protocol_shim::messages::alter_configs_request::AlterConfigsResource;
use protocol_shim::messages::alter_configs_response::AlterConfigsResourceResponse;
use protocol_shim::messages::{AlterConfigsRequest, AlterConfigsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{AlterConfigs, AlterRefusal, AlterResource, ResourceKind, require_clear};

/// Answers every resource on its own; what is allowed is changed before the reply leaves.
pub async fn handle(context: &Context, _call: &Call, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let wanted: Vec<AlterResource> = request.resources.iter().map(wanted).collect();
    let outcomes = context
        .topics
        .alter_resources(&wanted, request.validate_only)
        .await;
    let answers = request.resources.iter().zip(outcomes).map(|(resource, outcome)| {
        let code = outcome.as_ref().err().map_or(ErrorCode::None, error_map::alter);
        AlterConfigsResourceResponse::default()
            .with_error_code(code.code())
            .with_error_message(
                outcome
                    .err()
                    .map(|refusal| StrBytes::from_string(refusal.to_string())),
            )
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name.clone())
    });
    AlterConfigsResponse::default().with_responses(answers.collect())
}

fn wanted(resource: &AlterConfigsResource) -> AlterResource {
    AlterResource {
        kind: ResourceKind(resource.resource_type),
        name: resource.resource_name.to_string(),
        alter: whole(resource),
    }
}

fn whole(resource: &AlterConfigsResource) -> Result<AlterConfigs, AlterRefusal> {
    require_clear(
        resource
            .configs
            .iter()
            .map(|c| (c.name.as_str(), c.value.is_none())),
    )?;
    let set = resource.configs.iter().map(|c| {
        let value = c.value.as_ref().map(|v| v.to_string()).unwrap_or_default();
        (c.name.to_string(), value)
    });
    Ok(AlterConfigs::Whole(set.collect()))
}
