//! DescribeQuorum (key 55): who keeps the metadata log, and how far they are.
//!
//! v1 adds times, v2 texts, directory ids (from `kraft.version` 1 on) and the endpoints of the controllers. Ottla is its own controller: the one voter,
//! as far as the log is. Its endpoints are those of the controller's listeners, as this client reaches them; without any, the
//! address that the client dialled.

use protocol_shim::messages::describe_quorum_request;
use protocol_shim::messages::describe_quorum_response::{
    Listener, Node, PartitionData, ReplicaState, TopicData,
};
use protocol_shim::messages::{DescribeQuorumRequest, DescribeQuorumResponse};
use protocol_shim::{ErrorCode, StrBytes};
use uuid::Uuid;

use crate::context::{Call, Context, Endpoint};
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
        .map(|topic| describe(context, &image, topic, described.then_some(call.version)))
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
    context: &Context,
    image: &MetadataImage,
    topic: &describe_quorum_request::TopicData,
    described: Option<i16>,
) -> TopicData {
    let now_ms = context.env.now_ms();
    let partitions = topic.partitions.iter().map(|partition| {
        let data = PartitionData::default().with_partition_index(partition.partition_index);
        let Some(version) = described else {
            let unknown = ErrorCode::UnknownTopicOrPartition;
            return data
                .with_error_code(unknown.code())
                .with_error_message(Some(StrBytes::from_static_str(unknown.message())));
        };
        let directory = match version {
            2.. => context.topics.voter_directory(),
            _ => Uuid::nil(),
        };
        let voter = ReplicaState::default()
            .with_replica_id(image.node_id.into())
            .with_replica_directory_id(directory)
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
    let controllers = context.controllers(&image.config, call).into_iter();
    let mut listeners: Vec<Listener> = controllers.map(|(name, at)| listener(&name, at)).collect();
    if listeners.is_empty() {
        listeners.push(listener(CONTROLLER, call.advertised(&image.config)));
    }
    Node::default()
        .with_node_id(image.node_id.into())
        .with_listeners(listeners)
}

fn listener(name: &str, endpoint: Endpoint) -> Listener {
    Listener::default()
        .with_name(StrBytes::from_string(name.to_owned()))
        .with_host(StrBytes::from_string(endpoint.host.to_string()))
        .with_port(endpoint.port)
}
