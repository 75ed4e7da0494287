//! ListConfigResources (key 74): what DescribeConfigs can be asked about.
//!
//! v0 lists client metrics subscriptions only; v1 takes types, none of them meaning all. Of groups and client metrics
//! only those are listed that have configs of their own.

use std::collections::BTreeSet;

use protocol_shim::messages::list_config_resources_response::ConfigResource;
use protocol_shim::messages::{ListConfigResourcesRequest, ListConfigResourcesResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::topics::{MetadataImage, ResourceKind};

/// All types, in the order of an answer (Kafka's is that of a hash set).
const KINDS: [ResourceKind; 5] = [
    ResourceKind::GROUP,
    ResourceKind::CLIENT_METRICS,
    ResourceKind::BROKER_LOGGER,
    ResourceKind::BROKER,
    ResourceKind::TOPIC,
];

/// Answers a ListConfigResources request.
pub async fn handle(
    context: &Context,
    call: &Call,
    request: ListConfigResourcesRequest,
) -> ListConfigResourcesResponse {
    let wanted: BTreeSet<i8> = match (call.version, request.resource_types.is_empty()) {
        (0, _) => BTreeSet::from([ResourceKind::CLIENT_METRICS.0]),
        (_, true) => KINDS.iter().map(|kind| kind.0).collect(),
        (_, false) => request.resource_types.into_iter().collect(),
    };
    if wanted.iter().any(|kind| !KINDS.contains(&ResourceKind(*kind))) {
        return ListConfigResourcesResponse::default().with_error_code(ErrorCode::UnsupportedVersion.code());
    }
    let image = context.topics.image();
    let kinds = KINDS.into_iter().filter(|kind| wanted.contains(&kind.0));
    let rows = kinds.flat_map(|kind| {
        names(&image, kind).into_iter().map(move |name| {
            ConfigResource::default()
                .with_resource_type(kind.0)
                .with_resource_name(StrBytes::from_string(name))
        })
    });
    ListConfigResourcesResponse::default().with_config_resources(rows.collect())
}

fn names(image: &MetadataImage, kind: ResourceKind) -> Vec<String> {
    match kind {
        ResourceKind::TOPIC => image.sorted_topics().iter().map(|t| t.name.to_string()).collect(),
        ResourceKind::BROKER | ResourceKind::BROKER_LOGGER => {
            let nodes = image.broker_nodes();
            nodes.iter().map(|node| node.id.to_string()).collect()
        }
        _ => image
            .configured_resources()
            .filter(|resource| resource.kind == kind)
            .map(|resource| resource.name.to_string())
            .collect(),
    }
}
