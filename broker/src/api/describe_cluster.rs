//! DescribeCluster (key 60): cluster id, controller, brokers.
//!
//! v1 says whether brokers (1) or controllers (2) are wanted: a broker's listener answers for brokers only, a controller's
//! for controllers, as Kafka's do. v2 may ask for fenced brokers.

use protocol_shim::messages::describe_cluster_response::DescribeClusterBroker;
use protocol_shim::messages::{DescribeClusterRequest, DescribeClusterResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::config::Role;
use crate::context::{Call, Context};
use crate::topics::{ALL_CLUSTER_OPERATIONS, MetadataImage, OPERATIONS_NOT_ASKED};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Answers a DescribeCluster request.
pub async fn handle(ctx: &Context, call: &Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
    let role = call.entrance.role;
    match (role, request.endpoint_type) {
        (Role::Broker, BROKERS) | (Role::Controller, CONTROLLERS) => {}
        (_, BROKERS | CONTROLLERS) => {
            let (sent, wanted) = match role {
                Role::Broker => ("BROKER", "CONTROLLER"),
                Role::Controller => ("CONTROLLER", "BROKER"),
            };
            let text = format!(
                "The request was sent to an endpoint of type {sent}, but we wanted an endpoint of type {wanted}"
            );
            return refused(call, ErrorCode::MismatchedEndpointType, text);
        }
        (_, other) => {
            let text = format!("Unsupported endpoint type {other}");
            return refused(call, ErrorCode::UnsupportedEndpointType, text);
        }
    }
    let image = ctx.topics.image();
    let nodes = match role {
        Role::Broker => brokers(&image, call, request.include_fenced_brokers),
        Role::Controller => vec![controller(&image, call)],
    };
    DescribeClusterResponse::default()
        .with_endpoint_type(request.endpoint_type)
        .with_cluster_id(StrBytes::from_string(image.cluster_id.to_string()))
        .with_controller_id(image.node_id.into())
        .with_brokers(nodes)
        .with_cluster_authorized_operations(match request.include_cluster_authorized_operations {
            true => ALL_CLUSTER_OPERATIONS,
            false => OPERATIONS_NOT_ASKED,
        })
}

fn brokers(image: &MetadataImage, call: &Call, include_fenced: bool) -> Vec<DescribeClusterBroker> {
    let nodes = image
        .broker_nodes()
        .into_iter()
        .filter(|node| !node.fenced || include_fenced);
    let brokers = nodes.map(|node| {
        let here = || {
            let here = call.advertised(&image.config);
            (here.host.to_string(), here.port)
        };
        let (host, port) = node.address.unwrap_or_else(here);
        DescribeClusterBroker::default()
            .with_broker_id(node.id.into())
            .with_host(StrBytes::from_string(host))
            .with_port(i32::from(port))
            .with_rack(node.rack.map(StrBytes::from_string))
            .with_is_fenced(node.fenced)
    });
    brokers.collect()
}

/// The one controller, which is this node: at the address of the listener that was asked.
fn controller(image: &MetadataImage, call: &Call) -> DescribeClusterBroker {
    let here = call.advertised(&image.config);
    DescribeClusterBroker::default()
        .with_broker_id(image.node_id.into())
        .with_host(StrBytes::from_string(here.host.to_string()))
        .with_port(i32::from(here.port))
}

/// Version 0 knows neither of the two codes.
fn refused(call: &Call, error: ErrorCode, text: String) -> DescribeClusterResponse {
    let error = if call.version == 0 {
        ErrorCode::InvalidRequest
    } else {
        error
    };
    DescribeClusterResponse::default()
        .with_error_code(error.code())
        .with_error_message(Some(StrBytes::from_string(text)))
}
