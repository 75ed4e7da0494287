//! DescribeConfigs (key 32): what is set on topics, brokers, groups and client metrics subscriptions, and what applies.
//!
//! v1 synonyms and sources, v3 types and documentation, v4 flexible. A broker resource names this broker, or is empty
//! for the cluster's dynamic defaults (only those that are set are listed). Loggers are the
//! modules that log, with the level that applies. Names that the table does not have are listed without their values, for they
//! may be secrets; those of one listener (`listener.name.…`) by the type of the config that they stand for.

use std::collections::HashSet;
use std::sync::Arc;

use protocol_shim::messages::describe_configs_request::DescribeConfigsResource;
use protocol_shim::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym,
};
use protocol_shim::messages::{DescribeConfigsRequest, DescribeConfigsResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::config::{
    Described, Kind, Origin, describe_broker, describe_client_metrics, describe_cluster, describe_group,
    describe_topic,
};
use crate::context::{Call, Context};
use crate::log_levels::LogLevels;
use crate::topics::{ConfigMap, MetadataImage, Resource, ResourceKind, why_invalid};

/// Resource types on the wire (Kafka's `ConfigResource.Type`).
const TOPIC: i8 = 2;
const BROKER: i8 = 4;
const BROKER_LOGGER: i8 = 8;
const CLIENT_METRICS: i8 = 16;
const GROUP: i8 = 32;
/// Type of a config that has no row.
const UNKNOWN_TYPE: i8 = 0;
/// Source of a logger's level (`DYNAMIC_BROKER_LOGGER_CONFIG`).
const LOGGER_SOURCE: i8 = 6;

/// Why a resource is not described: code and text (`None` where Kafka sends an empty one).
type Refusal = (ErrorCode, Option<String>);

/// Answers every resource on its own.
pub async fn handle(
    context: &Context,
    _call: &Call,
    request: DescribeConfigsRequest,
) -> DescribeConfigsResponse {
    let image = context.topics.image();
    let known = [TOPIC, BROKER, BROKER_LOGGER, CLIENT_METRICS, GROUP];
    // Kafka refuses the whole request for one resource of an unknown type, with the text of the code alone.
    let has_stranger = request
        .resources
        .iter()
        .any(|r| !known.contains(&r.resource_type));
    let refusal = has_stranger.then(|| {
        let error = ErrorCode::InvalidRequest;
        (error, Some(error.message().to_owned()))
    });
    let answer = |resource: &DescribeConfigsResource| {
        let described = match &refusal {
            Some(refusal) => Err(refusal.clone()),
            None => describe(context, &image, resource, &request),
        };
        let result = DescribeConfigsResult::default()
            .with_resource_type(resource.resource_type)
            .with_resource_name(resource.resource_name.clone());
        match described {
            Ok(configs) => result.with_configs(configs),
            Err((code, text)) => result
                .with_error_code(code.code())
                .with_error_message(Some(text.map(StrBytes::from_string).unwrap_or_default())),
        }
    };
    DescribeConfigsResponse::default().with_results(request.resources.iter().map(answer).collect())
}

fn describe(
    context: &Context,
    image: &MetadataImage,
    resource: &DescribeConfigsResource,
    request: &DescribeConfigsRequest,
) -> Result<Vec<DescribeConfigsResourceResult>, Refusal> {
    let name = resource.resource_name.as_str();
    let own = |kind| {
        image
            .configs(&Resource {
                kind,
                name: name.into(),
            })
            .unwrap_or_default()
    };
    let described = match resource.resource_type {
        TOPIC => {
            let own: Arc<ConfigMap> = topic_configs(image, name)?;
            describe_topic(&image.config, &own)
        }
        BROKER if name.is_empty() => describe_cluster(&image.config),
        BROKER => {
            require_this_broker(image, name, " or empty string,")?;
            describe_broker(&image.config)
        }
        BROKER_LOGGER => {
            require_filled(name, "Broker id must not be empty")?;
            require_this_broker(image, name, "")?;
            return Ok(loggers(&context.env.log, resource));
        }
        CLIENT_METRICS => {
            require_filled(name, "Client metrics subscription name must not be empty")?;
            describe_client_metrics(&own(ResourceKind::CLIENT_METRICS))
        }
        _ => {
            require_filled(name, "Group name must not be empty")?;
            describe_group(&image.config, &own(ResourceKind::GROUP))
        }
    };
    let is_wanted = wanted(resource);
    let wanted = described.into_iter().filter(|d| is_wanted(&d.name));
    Ok(wanted.map(|d| entry(d, request)).collect())
}

/// Tells which configs are asked for. No list of names, or an empty one, asks for all.
fn wanted(resource: &DescribeConfigsResource) -> impl Fn(&str) -> bool {
    let names = resource.configuration_keys.iter().flatten();
    let names: HashSet<&str> = names.map(|name| name.as_str()).collect();
    move |name| names.is_empty() || names.contains(name)
}

fn topic_configs(image: &MetadataImage, name: &str) -> Result<Arc<ConfigMap>, Refusal> {
    if let Some(text) = why_invalid(name) {
        return Err((ErrorCode::InvalidTopicException, Some(text)));
    }
    match image.topic(name) {
        Some(topic) => Ok(Arc::clone(&topic.own_configs)),
        None => Err((ErrorCode::UnknownTopicOrPartition, None)),
    }
}

fn require_filled(name: &str, text: &str) -> Result<(), Refusal> {
    match name {
        "" => Err((ErrorCode::InvalidRequest, Some(text.to_owned()))),
        _ => Ok(()),
    }
}

fn require_this_broker(image: &MetadataImage, name: &str, or: &str) -> Result<(), Refusal> {
    let text = match name.parse::<i32>() {
        Ok(id) if id == image.node_id => return Ok(()),
        Ok(_) => {
            let expected = image.node_id;
            format!("Unexpected broker id, expected {expected}{or} but received {name}")
        }
        Err(_) => format!("Broker id must be an integer, but it is: {name}"),
    };
    Err((ErrorCode::InvalidRequest, Some(text)))
}

fn loggers(log: &LogLevels, resource: &DescribeConfigsResource) -> Vec<DescribeConfigsResourceResult> {
    let all = log.all().into_iter();
    let is_wanted = wanted(resource);
    let wanted = all.filter(|(name, _)| is_wanted(name));
    let shown = wanted.map(|(name, level)| {
        DescribeConfigsResourceResult::default()
            .with_name(StrBytes::from_string(name))
            .with_value(Some(StrBytes::from_static_str(level.name())))
            .with_config_source(LOGGER_SOURCE)
    });
    shown.collect()
}

fn entry(described: Described, request: &DescribeConfigsRequest) -> DescribeConfigsResourceResult {
    let Described {
        name,
        kind,
        doc,
        sensitive,
        value,
        origin,
        read_only,
        synonyms,
    } = described;
    let synonyms = synonyms.into_iter().map(|synonym| {
        DescribeConfigsSynonym::default()
            .with_name(StrBytes::from_string(synonym.name))
            .with_value(synonym.value.map(StrBytes::from_string))
            .with_source(source(synonym.origin))
    });
    let result = DescribeConfigsResourceResult::default()
        .with_name(StrBytes::from_string(name))
        .with_value(value.map(StrBytes::from_string))
        .with_read_only(read_only)
        .with_config_source(source(origin))
        .with_is_sensitive(sensitive)
        .with_config_type(kind.map_or(UNKNOWN_TYPE, config_type))
        .with_documentation(None);
    let result = if request.include_synonyms {
        result.with_synonyms(synonyms.collect())
    } else {
        result
    };
    match request.include_documentation {
        true => result.with_documentation(doc.map(StrBytes::from_static_str)),
        false => result,
    }
}

/// Kafka's `DescribeConfigsResponse.ConfigSource`.
fn source(origin: Origin) -> i8 {
    match origin {
        Origin::Topic => 1,
        Origin::Node => 2,
        Origin::Cluster => 3,
        Origin::Start => 4,
        Origin::Default => 5,
        Origin::ClientMetrics => 7,
        Origin::Group => 8,
    }
}

/// Kafka's `DescribeConfigsResponse.ConfigType`.
fn config_type(kind: Kind) -> i8 {
    match kind {
        Kind::Bool => 1,
        Kind::Text => 2,
        Kind::Int => 3,
        Kind::Short => 4,
        Kind::Long => 5,
        Kind::Double => 6,
        Kind::List => 7,
        Kind::Class => 8,
        Kind::Password => 9,
    }
}
