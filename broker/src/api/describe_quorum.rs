//! DescribeQuorum (key 55): who keeps the metadata log, and how far they are.
//!
//! v1 adds times, v2 texts, directory ids and the endpoints of the controllers. Ottla is its own controller: the one voter,
//! as far as the log is. Its endpoints are those of the controller's listeners, as this client reaches them; without any, the
//! address that the client dialled.

use std::sync::Arc;

use protocol_shim::messages::describe_quorum_request;
use protocol_shim::messages::describe_quorum_response::{
    Listener, Node, PartitionData, ReplicaState, TopicData,
};
use protocol_shim::messages::{DescribeQuorumRequest, DescribeQuorumResponse};
use protocol_shim::{ErrorCode, StrBytes};

use crate::config::Role;
use crate::context::{Call, Context, Door, Endpoint, Entrance};
use crate::topics::{CLUSTER_METADATA, MetadataImage};

/// What a controller listener is called where the configuration names none.
const CONTROLLER: &str = "CONTROLLER";

/// Answers a DescribeQuorum request. Like Kafka it describes the metadata partition when that alone is asked for.
pub async fn handle(
    context: &Context,
    call: &Call,
    request: DescribeQuorumRequest,
) -> DescribeQuorumResponse {
    let image = context.topics.image();
    let described = asks_for_the_quorum(&request);
    let topics: Vec<TopicData> = request
        .topics
        .iter()
        .map(|topic| describe(&image, topic, described, context.env.now_ms()))
        .collect();
    let response = DescribeQuorumResponse::default()
        .with_error_message(Some(StrBytes::default()))
        .with_topics(topics);
    match call.version >= 2 && described {
        true => response.with_nodes(vec![node(context, &image, call)]),
        false => response,
    }
}

/// Whether the metadata partition is asked for, once, and nothing beside it.
fn asks_for_the_quorum(request: &DescribeQuorumRequest) -> bool {
    let [topic] = &*request.topics else {
        return false;
    };
    let [partition] = &*topic.partitions else {
        return false;
    };
    topic.topic_name.as_str() == CLUSTER_METADATA && partition.partition_index == 0
}

fn describe(
    image: &MetadataImage,
    topic: &describe_quorum_request::TopicData,
    described: bool,
    now_ms: i64,
) -> TopicData {
    let partitions = topic.partitions.iter().map(|partition| {
        let data = PartitionData::default().with_partition_index(partition.partition_index);
        if !described {
            let unknown = ErrorCode::UnknownTopicOrPartition;
            return data
                .with_error_code(unknown.code())
                .with_error_message(Some(StrBytes::from_static_str(unknown.message())));
        }
        let voter = ReplicaState::default()
            .with_replica_id(image.node_id.into())
            .with_log_end_offset(image.offset)
            .with_last_fetch_timestamp(now_ms)
            .with_last_caught_up_timestamp(now_ms);
        data.with_error_message(Some(StrBytes::default()))
            .with_leader_id(image.node_id.into())
            .with_leader_epoch(image.epoch)
            .with_high_watermark(image.offset)
            .with_current_voters(vec![voter])
    });
    TopicData::default()
        .with_topic_name(topic.topic_name.clone())
        .with_partitions(partitions.collect())
}

fn node(context: &Context, image: &MetadataImage, call: &Call) -> Node {
    let mut listeners: Vec<Listener> = Vec::new();
    for door in context.doors.load().iter() {
        let is_told = listeners
            .iter()
            .any(|listener| listener.name.as_str() == &*door.listener);
        if door.role == Role::Controller && !is_told {
            listeners.push(listener(&door.listener, through(door, image, call)));
        }
    }
    if listeners.is_empty() {
        listeners.push(listener(CONTROLLER, call.advertised(&image.config)));
    }
    Node::default()
        .with_node_id(image.node_id.into())
        .with_listeners(listeners)
}

/// A door as this client reaches it: its own address unless that is every address of the machine.
fn through(door: &Door, image: &MetadataImage, call: &Call) -> Endpoint {
    let ip = door.address.ip().to_canonical();
    let host = match ip.is_unspecified() {
        true => Arc::clone(&call.entrance.here.host),
        false => ip.to_string().into(),
    };
    let port = door.address.port();
    let entrance = Entrance {
        listener: Arc::clone(&door.listener),
        role: door.role,
        here: Endpoint { host, port },
        bound_port: port,
    };
    entrance.advertised(&image.config)
}

fn listener(name: &str, endpoint: Endpoint) -> Listener {
    Listener::default()
        .with_name(StrBytes::from_string(name.to_owned()))
        .with_host(StrBytes::from_string(endpoint.host.to_string()))
        .with_port(endpoint.port)
}
