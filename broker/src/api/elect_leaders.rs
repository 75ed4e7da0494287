//! ElectLeaders (key 43): elects the preferred replica of partitions, or any that lives.
//!
//! v1 has the kind of election and an error for the whole request, v2 flexible. With one broker a partition is led by its
//! only replica, or its data folder is out of use and there is nobody to elect. Where all partitions are meant, those that
//! need no election are left out; their topics stay, as in Kafka.

use protocol_shim::messages::elect_leaders_request::TopicPartitions;
use protocol_shim::messages::elect_leaders_response::{PartitionResult, ReplicaElectionResult};
use protocol_shim::messages::{ElectLeadersRequest, ElectLeadersResponse, TopicName};
use protocol_shim::{ErrorCode, StrBytes};

use crate::context::{Call, Context};
use crate::topics::MetadataImage;

const PREFERRED: i8 = 0;
const UNCLEAN: i8 = 1;

/// Answers an ElectLeaders request.
pub async fn handle(context: &Context, call: &Call, request: ElectLeadersRequest) -> ElectLeadersResponse {
    // Version 0 knows no other kind.
    let election = match call.version {
        0 => PREFERRED,
        _ => request.election_type,
    };
    let image = context.topics.image();
    let named = |topic: &TopicPartitions| {
        let results = topic.partitions.iter().map(|index| {
            let (code, text) = elect(&image, &topic.topic, *index, election);
            result(*index, code, text)
        });
        ReplicaElectionResult::default()
            .with_topic(topic.topic.clone())
            .with_partition_result(results.collect())
    };
    // Kafka's controller does not even look at nothing, and looks at the clock before anything else.
    if request.topic_partitions.as_ref().is_some_and(Vec::is_empty) {
        return ElectLeadersResponse::default();
    }
    if request.timeout_ms <= 0 {
        return refuse(&request, call.version, ErrorCode::RequestTimedOut, None);
    }
    if !matches!(election, PREFERRED | UNCLEAN) {
        let text = format!("Unknown election type {election}");
        return refuse(&request, call.version, ErrorCode::InvalidRequest, Some(&text));
    }
    let results = match &request.topic_partitions {
        Some(topics) => topics.iter().map(named).collect(),
        None => all(&image, election),
    };
    ElectLeadersResponse::default().with_replica_election_results(results)
}

/// Refuses the whole request, and each partition that it names; v0 has no place for the former.
fn refuse(
    request: &ElectLeadersRequest,
    version: i16,
    code: ErrorCode,
    text: Option<&str>,
) -> ElectLeadersResponse {
    let refused = |topic: &TopicPartitions| {
        let each = topic.partitions.iter().map(|index| {
            PartitionResult::default()
                .with_partition_id(*index)
                .with_error_code(code.code())
                .with_error_message(text.map(|text| StrBytes::from_string(text.to_owned())))
        });
        ReplicaElectionResult::default()
            .with_topic(topic.topic.clone())
            .with_partition_result(each.collect())
    };
    ElectLeadersResponse::default()
        .with_error_code(if version == 0 { 0 } else { code.code() })
        .with_replica_election_results(request.topic_partitions.iter().flatten().map(refused).collect())
}

fn all(image: &MetadataImage, election: i8) -> Vec<ReplicaElectionResult> {
    let topics = image.sorted_topics().into_iter().map(|topic| {
        let indexes = (0..).take(topic.partitions.len());
        let results = indexes.filter_map(|index| {
            let (code, text) = elect(image, &topic.name, index, election);
            (code != ErrorCode::ElectionNotNeeded).then(|| result(index, code, text))
        });
        ReplicaElectionResult::default()
            .with_topic(TopicName(StrBytes::from_string(topic.name.to_string())))
            .with_partition_result(results.collect())
    });
    topics.collect()
}

/// The outcome of one election.
fn elect(image: &MetadataImage, name: &str, index: i32, election: i8) -> (ErrorCode, String) {
    let Some(topic) = image.topic(name) else {
        return (
            ErrorCode::UnknownTopicOrPartition,
            format!("No such topic as {name}"),
        );
    };
    let code = match topic.partition(index) {
        None => {
            let text = format!("No such partition as {name}-{index}");
            return (ErrorCode::UnknownTopicOrPartition, text);
        }
        Some(partition) if !partition.is_offline() => ErrorCode::ElectionNotNeeded,
        Some(_) if election == UNCLEAN => ErrorCode::EligibleLeadersNotAvailable,
        Some(_) => ErrorCode::PreferredLeaderNotAvailable,
    };
    (code, code.message().to_owned())
}

fn result(index: i32, code: ErrorCode, text: String) -> PartitionResult {
    PartitionResult::default()
        .with_partition_id(index)
        .with_error_code(code.code())
        .with_error_message(Some(StrBytes::from_string(text)))
}
