//! AlterConfigs (key 33): the whole set of configs of a resource at once; what is not named falls back to its default.
//!
//! v2 flexible. Superseded by IncrementalAlterConfigs, still sent by older clients. Log levels are not known here. A
//! resource that comes twice is refused; Kafka 4.3 leaves such a request without an answer.

use protocol_shim::messages::alter_configs_request::AlterConfigsResource;
use protocol_shim::messages::alter_configs_response::AlterConfigsResourceResponse;
use protocol_shim::messages::{AlterConfigsRequest, AlterConfigsResponse};

use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{AlterConfigs, AlterRefusal, AlterResource, require_clear};

/// Answers every resource on its own; what is allowed is changed before the reply leaves.
pub async fn handle(context: &Context, _call: &Call, request: AlterConfigsRequest) -> AlterConfigsResponse {
    let wanted = request
        .resources
        .iter()
        .map(|r| AlterResource::of(r.resource_type, &r.resource_name, whole(r)));
    let wanted: Vec<AlterResource> = wanted.collect();
    let outcomes = context
        .topics
        .alter_resources(&wanted, request.validate_only)
        .await;
    let answers = request
        .resources
        .iter()
        .zip(&outcomes)
        .map(|(resource, outcome)| {
            let (code, text) = error_map::altered(outcome);
            AlterConfigsResourceResponse::default()
                .with_error_code(code)
                .with_error_message(text)
                .with_resource_type(resource.resource_type)
                .with_resource_name(resource.resource_name.clone())
        });
    AlterConfigsResponse::default().with_responses(answers.collect())
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
