//! DescribeCluster (key 60): cluster id, controller, brokers.
//!
//! v1 says whether brokers (1) or controllers (2) are wanted: a broker's listener answers for brokers only, as
//! Kafka's does. v2 may ask for fenced brokers.

use protocol_shim::messages::describe_cluster_response::DescribeClusterBroker;
use protocol_shim::messages::{DescribeClusterRequest, DescribeClusterResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::topics::{ALL_CLUSTER_OPERATIONS, OPERATIONS_NOT_ASKED};

const BROKERS: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Answers a DescribeCluster request.
pub async fn handle(ctx: &Context, call: &Call, request: DescribeClusterRequest) -> DescribeClusterResponse {
    match request.endpoint_type {
        BROKERS => {}
        CONTROLLERS => {
            let text = "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER";
            return refused(call, ErrorCode::MismatchedEndpointType, text.to_owned());
        }
        other => {
            let text = format!("Unsupported endpoint type {other}");
            return refused(call, ErrorCode::UnsupportedEndpointType, text);
        }
    }
    let image = ctx.topics.image();
    let nodes = image
        .broker_nodes()
        .into_iter()
        .filter(|node| !node.fenced || request.include_fenced_brokers);
    let brokers = nodes.map(|node| {
        let here = || (call.advertised.host.to_string(), call.advertised.port);
        let (host, port) = node.address.unwrap_or_else(here);
        DescribeClusterBroker::default()
            .with_broker_id(node.id.into())
            .with_host(StrBytes::from_string(host))
            .with_port(i32::from(port))
            .with_rack(node.rack.map(StrBytes::from_string))
            .with_is_fenced(node.fenced)
    });
    DescribeClusterResponse::default()
        .with_cluster_id(StrBytes::from_string(image.cluster_id.to_string()))
        .with_controller_id(image.node_id.into())
        .with_brokers(brokers.collect())
        .with_cluster_authorized_operations(match request.include_cluster_authorized_operations {
            true => ALL_CLUSTER_OPERATIONS,
            false => OPERATIONS_NOT_ASKED,
        })
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
