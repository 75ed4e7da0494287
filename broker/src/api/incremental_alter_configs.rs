//! IncrementalAlterConfigs (key 44): SET, DELETE, APPEND and SUBTRACT on topics, brokers, loggers, groups and client
//! metrics.
//!
//! v1 flexible. Levels of loggers change at once and last as
//! long as the process.

use protocol_shim::messages::incremental_alter_configs_request::AlterConfigsResource;
use protocol_shim::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use protocol_shim::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};

use crate::config::{AlterOp, Alteration};
use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{AlterConfigs, AlterRefusal, AlterResource, require_clear};

/// `AlterConfigOp.OpType.DELETE`.
const DELETE: i8 = 1;

/// Answers every resource on its own; what is allowed is changed before the reply leaves.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let wanted = request
        .resources
        .iter()
        .map(|r| AlterResource::of(r.resource_type, &r.resource_name, each(r)));
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
    IncrementalAlterConfigsResponse::default().with_responses(answers.collect())
}

fn each(resource: &AlterConfigsResource) -> Result<AlterConfigs, AlterRefusal> {
    let entries = resource.configs.iter().map(|c| {
        let missing = c.value.is_none() && c.config_operation != DELETE;
        (c.name.as_str(), missing)
    });
    require_clear(entries)?;
    let alterations = resource.configs.iter().map(|c| {
        let value = c.value.as_ref().map(|v| v.to_string()).unwrap_or_default();
        let op = match c.config_operation {
            0 => AlterOp::Set(value),
            DELETE => AlterOp::Delete,
            2 => AlterOp::Append(value),
            3 => AlterOp::Subtract(value),
            other => return Err(AlterRefusal::Request(format!("Unknown operations type {other}"))),
        };
        Ok(Alteration {
            name: c.name.to_string(),
            op,
        })
    });
    alterations.collect::<Result<_, _>>().map(AlterConfigs::Each)
}
