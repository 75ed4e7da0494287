//! Metadata (key 3): brokers, topics, partitions, leaders.
//!
//! v0 knows no "no topics": an empty list means all. v1 splits all (null) from none (empty), v4 lets the client
//! forbid auto-creation (before it always allows), v8 adds authorized operations (of the cluster up to v10 only),
//! v10 topic ids in the reply, v12 asking by id, v13 an error of the whole. A topic made because it was asked for
//! is in this very reply: there is no LEADER_NOT_AVAILABLE to wait out.
//! Every client is told of the listener that it came in by.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use protocol_shim::messages::metadata_response::{
    MetadataResponseBroker, MetadataResponsePartition, MetadataResponseTopic,
};
use protocol_shim::messages::{BrokerId, MetadataRequest, MetadataResponse};
use protocol_shim::{ErrorCode, StrBytes};
use uuid::Uuid;

use crate::context::{Call, Context};
use crate::error_map;
use crate::quotas::{Mutations, Usage};
use crate::topics::{
    ALL_CLUSTER_OPERATIONS, ALL_TOPIC_OPERATIONS, MetadataImage, OPERATIONS_NOT_ASKED, Terms, Topic,
    TopicError, is_internal, why_invalid,
};

/// Answers a Metadata request.
pub async fn handle(ctx: &Context, call: &Call, request: MetadataRequest) -> MetadataResponse {
    let Some(asked) = asked(&request, call.version) else {
        return refused(&request);
    };
    let refusals = match &asked {
        Asked::Names(names) => auto_create(ctx, call, &request, names).await,
        _ => HashMap::new(),
    };
    let image = ctx.topics.image();
    let operations = match request.include_topic_authorized_operations && call.version >= 8 {
        true => ALL_TOPIC_OPERATIONS,
        false => OPERATIONS_NOT_ASKED,
    };
    let found = |topic: &Arc<Topic>| described(&image, topic, operations);
    let topics = match asked {
        Asked::All => image.sorted_topics().into_iter().map(found).collect(),
        Asked::Ids(ids) => ids
            .into_iter()
            .map(|id| image.topic_by_id(id).map_or_else(|| unknown_id(id), found))
            .collect(),
        Asked::Names(names) => names
            .into_iter()
            .map(|name| {
                image
                    .topic(&name)
                    .map_or_else(|| missing(&name, refusals.get(&*name), operations), found)
            })
            .collect(),
    };
    let cluster_operations =
        (8..=10).contains(&call.version) && request.include_cluster_authorized_operations;
    MetadataResponse::default()
        .with_brokers(brokers(&image, call))
        .with_cluster_id(Some(StrBytes::from_string(image.cluster_id.to_string())))
        .with_controller_id(image.node_id.into())
        .with_topics(topics)
        .with_cluster_authorized_operations(match cluster_operations {
            true => ALL_CLUSTER_OPERATIONS,
            false => OPERATIONS_NOT_ASKED,
        })
}

enum Asked {
    All,
    Names(Vec<StrBytes>),
    Ids(Vec<Uuid>),
}

/// What is asked for; `None` when ids or null names stand where the version forbids them.
fn asked(request: &MetadataRequest, version: i16) -> Option<Asked> {
    let Some(topics) = &request.topics else {
        return Some(Asked::All);
    };
    if topics.is_empty() && version == 0 {
        return Some(Asked::All);
    }
    if version < 12
        && topics
            .iter()
            .any(|topic| topic.name.is_none() || !topic.topic_id.is_nil())
    {
        return None;
    }
    let mut seen = HashSet::new();
    let ids: Vec<Uuid> = topics
        .iter()
        .map(|topic| topic.topic_id)
        .filter(|id| !id.is_nil() && seen.insert(*id))
        .collect();
    if !ids.is_empty() {
        return Some(Asked::Ids(ids));
    }
    let mut seen = HashSet::new();
    let names = topics
        .iter()
        .filter_map(|topic| topic.name.as_ref().map(|name| name.0.clone()));
    Some(Asked::Names(
        names.filter(|name| seen.insert(name.clone())).collect(),
    ))
}

/// Makes the topics that are not there, if broker and client both allow it; answers refusals by name.
async fn auto_create(
    ctx: &Context,
    call: &Call,
    request: &MetadataRequest,
    names: &[StrBytes],
) -> HashMap<String, TopicError> {
    let image = ctx.topics.image();
    if !request.allow_auto_topic_creation || !image.config.auto_create_topics {
        return HashMap::new();
    }
    let missing: Vec<&str> = names
        .iter()
        .map(|name| &**name)
        .filter(|name| image.topic(name).is_none())
        .collect();
    if missing.is_empty() {
        return HashMap::new();
    }
    // Kafka's broker has the controller make them by the newest version of CreateTopics: what is over the quota is not
    // made, and nobody is told to wait.
    let usage = Usage::default();
    let mutations = Mutations::new(&ctx.quotas, call.client(), &usage, true);
    let terms = Terms {
        admit: &|partitions| mutations.admit(partitions),
        ..Terms::OWN
    };
    let made = ctx.topics.auto_create_on(&missing, terms).await.into_iter();
    made.filter_map(|(name, result)| Some((name, result.err()?)))
        .collect()
}

fn brokers(image: &MetadataImage, call: &Call) -> Vec<MetadataResponseBroker> {
    let alive = image.broker_nodes().into_iter().filter(|node| !node.fenced);
    alive
        .map(|node| {
            let here = || {
                let here = call.advertised(&image.config);
                (here.host.to_string(), here.port)
            };
            let (host, port) = node.address.unwrap_or_else(here);
            MetadataResponseBroker::default()
                .with_node_id(node.id.into())
                .with_host(StrBytes::from_string(host))
                .with_port(i32::from(port))
                .with_rack(node.rack.map(StrBytes::from_string))
        })
        .collect()
}

fn described(image: &MetadataImage, topic: &Arc<Topic>, operations: i32) -> MetadataResponseTopic {
    let ids = |ids: &[i32]| ids.iter().copied().map(BrokerId).collect();
    let partitions = image.seen(topic, 0..topic.partitions.len()).map(|seen| {
        let error = match seen.leader {
            Some(_) => ErrorCode::None,
            None => ErrorCode::LeaderNotAvailable,
        };
        MetadataResponsePartition::default()
            .with_error_code(error.code())
            .with_partition_index(seen.index)
            .with_leader_id(seen.leader.unwrap_or(-1).into())
            .with_leader_epoch(seen.partition.leader_epoch())
            .with_replica_nodes(ids(&seen.placement.replicas))
            .with_isr_nodes(ids(&seen.placement.isr))
            .with_offline_replicas(ids(&seen.offline))
    });
    MetadataResponseTopic::default()
        .with_name(Some(StrBytes::from_string(topic.name.to_string()).into()))
        .with_topic_id(topic.id)
        .with_is_internal(topic.internal)
        .with_partitions(partitions.collect())
        .with_topic_authorized_operations(operations)
}

fn missing(name: &StrBytes, refusal: Option<&TopicError>, operations: i32) -> MetadataResponseTopic {
    let error = match (refusal, why_invalid(name)) {
        (Some(refusal), _) => error_map::auto_create(refusal),
        (None, Some(_)) => ErrorCode::InvalidTopicException,
        (None, None) => ErrorCode::UnknownTopicOrPartition,
    };
    MetadataResponseTopic::default()
        .with_error_code(error.code())
        .with_name(Some(name.clone().into()))
        .with_is_internal(is_internal(name))
        .with_topic_authorized_operations(operations)
}

fn unknown_id(id: Uuid) -> MetadataResponseTopic {
    MetadataResponseTopic::default()
        .with_error_code(ErrorCode::UnknownTopicId.code())
        .with_name(None)
        .with_topic_id(id)
}

/// INVALID_REQUEST for every topic (Kafka: `MetadataRequest.getErrorResponse`).
fn refused(request: &MetadataRequest) -> MetadataResponse {
    let topics = request.topics.iter().flatten().map(|topic| {
        MetadataResponseTopic::default()
            .with_error_code(ErrorCode::InvalidRequest.code())
            .with_name(Some(topic.name.clone().unwrap_or_default()))
            .with_topic_id(topic.topic_id)
    });
    MetadataResponse::default()
        .with_topics(topics.collect())
        .with_error_code(ErrorCode::InvalidRequest.code())
}
