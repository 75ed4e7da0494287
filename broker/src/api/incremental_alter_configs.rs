//! IncrementalAlterConfigs (key 44): SET, DELETE, APPEND and SUBTRACT on topics, brokers, groups and client metrics.
//!
//! v1 flexible. Resources are independent: one refused holds up no other. What is allowed is decided under the lock of
//! the metadata, so that APPEND and SUBTRACT see the newest list. Log levels cannot be changed while Ottla runs.

use std::collections::HashSet;

use protocol_shim::messages::incremental_alter_configs_request::AlterConfigsResource;
use protocol_shim::messages::incremental_alter_configs_response::AlterConfigsResourceResponse;
use protocol_shim::messages::{IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::config::{AlterOp, AlterTarget, Alteration, alter};
use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{ConfigChange, MetadataImage, Resource, ResourceKind, why_invalid};

/// Resource types on the wire (Kafka's `ConfigResource.Type`).
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;
/// `AlterConfigOp.OpType.DELETE`.
const DELETE: i8 = 1;

/// Why a resource is refused: code and text.
type Refusal = (ErrorCode, String);

/// Answers every resource on its own; what is allowed is changed before the reply leaves.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let decide = |image: &MetadataImage| {
        let decided: Vec<_> = request
            .resources
            .iter()
            .map(|r| decide(image, &request.resources, r))
            .collect();
        let changes = match request.validate_only {
            true => Vec::new(),
            false => decided.iter().flatten().flatten().cloned().collect(),
        };
        (changes, decided)
    };
    let decided = context.topics.alter_configs_by(decide).await;
    let answers = request.resources.iter().enumerate().map(|(index, resource)| {
        let refusal = match &decided {
            Ok(decided) => decided.get(index).and_then(|d| d.as_ref().err().cloned()),
            Err(error) => Some((ErrorCode::KafkaStorageError, error.to_string())),
        };
        let (code, text) = refusal.map_or((ErrorCode::None, None), |(code, text)| (code, Some(text)));
        AlterConfigsResourceResponse::default()
            .with_error_code(code.code())
            .with_error_message(text.map(StrBytes::from_string))
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name.clone())
    });
    IncrementalAlterConfigsResponse::default().with_responses(answers.collect())
}

/// What changes on one resource, or why nothing does.
fn decide(
    image: &MetadataImage,
    all: &[AlterConfigsResource],
    resource: &AlterConfigsResource,
) -> Result<Vec<ConfigChange>, Refusal> {
    let twins = all
        .iter()
        .filter(|r| r.resource_type == resource.resource_type && r.resource_name == resource.resource_name);
    if twins.count() > 1 {
        return Err(bad_request("Each resource must appear at most once."));
    }
    refuse_unclear(resource)?;
    let name = resource.resource_name.as_str();
    let target = target_of(image, resource)?;
    let resource_ref = Resource {
        kind: ResourceKind(resource.resource_type),
        name: name.into(),
    };
    let current = image.configs(&resource_ref).unwrap_or_default();
    let alterations = resource.configs.iter().map(|c| {
        let value = c.value.as_ref().map(|v| v.to_string()).unwrap_or_default();
        let op = match c.config_operation {
            0 => AlterOp::Set(value),
            DELETE => AlterOp::Delete,
            2 => AlterOp::Append(value),
            3 => AlterOp::Subtract(value),
            other => return Err(bad_request(&format!("Unknown operations type {other}"))),
        };
        Ok(Alteration {
            name: c.name.to_string(),
            op,
        })
    });
    let alterations: Vec<Alteration> = alterations.collect::<Result<_, _>>()?;
    let next = alter(&image.config, target, &current, &alterations)
        .map_err(|error| (error_map::config(&error), error.to_string()))?;
    if target == AlterTarget::Topic && image.topic(name).is_none() {
        return Err((
            ErrorCode::UnknownTopicOrPartition,
            format!("The topic '{name}' does not exist."),
        ));
    }
    let change = |a: Alteration| {
        let value = next.get(&a.name).cloned();
        ConfigChange {
            resource: resource_ref.clone(),
            name: a.name,
            value,
        }
    };
    Ok(alterations.into_iter().map(change).collect())
}

/// Names twice, or values that are missing.
fn refuse_unclear(resource: &AlterConfigsResource) -> Result<(), Refusal> {
    let mut seen = HashSet::new();
    if !resource.configs.iter().all(|c| seen.insert(c.name.as_str())) {
        return Err(bad_request("Error due to duplicate config keys"));
    }
    let missing = resource
        .configs
        .iter()
        .filter(|c| c.value.is_none() && c.config_operation != DELETE);
    let missing: Vec<&str> = missing.map(|c| c.name.as_str()).collect();
    match missing.is_empty() {
        true => Ok(()),
        false => Err(bad_request(&format!(
            "Null value not supported for : {}",
            missing.join(", ")
        ))),
    }
}

/// What the resource is, if it may be changed at all.
fn target_of(image: &MetadataImage, resource: &AlterConfigsResource) -> Result<AlterTarget, Refusal> {
    let name = resource.resource_name.as_str();
    match resource.resource_type {
        TOPIC if name.is_empty() => Err(bad_request("Default topic resources are not allowed.")),
        TOPIC => match why_invalid(name) {
            Some(text) => Err((ErrorCode::InvalidTopicException, text)),
            None => Ok(AlterTarget::Topic),
        },
        BROKER if name.is_empty() => Ok(AlterTarget::Cluster),
        BROKER => require_this_broker(image, name).map(|()| AlterTarget::Broker),
        BROKER_LOGGER => Err(logger_refusal(image, resource)),
        CLIENT_METRICS if name.is_empty() => Err(bad_request("Subscription name can't be empty")),
        CLIENT_METRICS => Ok(AlterTarget::ClientMetrics),
        GROUP if name.is_empty() => Err(bad_request("Default group resources are not allowed.")),
        GROUP => Ok(AlterTarget::Group),
        other => Err(bad_request(&format!("Unknown resource type {other}"))),
    }
}

fn require_this_broker(image: &MetadataImage, name: &str) -> Result<(), Refusal> {
    match name.parse::<i32>() {
        Ok(id) if id == image.node_id => Ok(()),
        Ok(_) => {
            let expected = image.node_id;
            Err(bad_request(&format!(
                "Unexpected broker id, expected {expected}, but received {name}"
            )))
        }
        Err(_) => Err(bad_request(&format!(
            "Node id must be an integer, but it is: {name}"
        ))),
    }
}

fn logger_refusal(image: &MetadataImage, resource: &AlterConfigsResource) -> Refusal {
    if let Err(refusal) = require_this_broker(image, resource.resource_name.as_str()) {
        return refusal;
    }
    match resource.configs.iter().find(|c| c.name.as_str() != "root") {
        Some(config) => (
            ErrorCode::InvalidConfig,
            format!("Logger {} does not exist!", config.name),
        ),
        None => bad_request("The log level of root is fixed while Ottla runs: start it with --log."),
    }
}

fn bad_request(text: &str) -> Refusal {
    (ErrorCode::InvalidRequest, text.to_owned())
}
