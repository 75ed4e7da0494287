//! The one match over all APIs.

use protocol_shim::{ApiKey, Request, RequestHeader, Response};

use super::outcome::{Outcome, Records, by_reference, encode};
use super::produce::{Started, produce};
use crate::api;
use crate::context::{Call, Context};

/// Whether a frame with this API key is a produce request.
pub fn is_produce(api_key: i16) -> bool {
    api_key == ApiKey::Produce.code()
}

/// Whether a request may sleep before it is answered: replies gathered so far leave first then.
pub fn may_wait(request: &Request) -> bool {
    matches!(
        request,
        Request::Fetch(_) | Request::JoinGroup(_) | Request::SyncGroup(_)
    )
}

/// Handles a request to its end.
pub async fn dispatch(context: &Context, call: &Call, header: &RequestHeader, request: Request) -> Outcome {
    let response: Response<Records> = match request {
        Request::Produce(request) => match produce(context, call, header, request).await {
            Started::Done(outcome) => return outcome,
            Started::Pending(mut pending) => {
                pending.ready().await;
                return pending.finish();
            }
        },
        Request::Fetch(request) => by_reference(api::fetch::handle(context, call, request).await).into(),
        Request::ListOffsets(request) => api::list_offsets::handle(context, call, request).await.into(),
        Request::Metadata(request) => api::metadata::handle(context, call, request).await.into(),
        Request::ApiVersions(request) => api::api_versions::handle(context, call, request).await.into(),
        Request::CreateTopics(request) => api::create_topics::handle(context, call, request).await.into(),
        Request::DeleteTopics(request) => api::delete_topics::handle(context, call, request).await.into(),
        Request::DeleteRecords(request) => api::delete_records::handle(context, call, request).await.into(),
        Request::InitProducerId(request) => {
            api::init_producer_id::handle(context, call, request).await.into()
        }
        Request::OffsetForLeaderEpoch(request) => {
            api::offset_for_leader_epoch::handle(context, call, request)
                .await
                .into()
        }
        Request::DescribeConfigs(request) => {
            api::describe_configs::handle(context, call, request).await.into()
        }
        Request::CreatePartitions(request) => api::create_partitions::handle(context, call, request)
            .await
            .into(),
        Request::AlterReplicaLogDirs(request) => api::alter_replica_log_dirs::handle(context, call, request)
            .await
            .into(),
        Request::DescribeLogDirs(request) => api::describe_log_dirs::handle(context, call, request)
            .await
            .into(),
        Request::IncrementalAlterConfigs(request) => {
            api::incremental_alter_configs::handle(context, call, request)
                .await
                .into()
        }
        Request::DescribeCluster(request) => {
            api::describe_cluster::handle(context, call, request).await.into()
        }
        Request::DescribeTopicPartitions(request) => {
            api::describe_topic_partitions::handle(context, call, request)
                .await
                .into()
        }
        Request::ConsumerGroupHeartbeat(request) => {
            api::consumer_group_heartbeat::handle(context, call, request)
                .await
                .into()
        }
        Request::ConsumerGroupDescribe(request) => {
            api::consumer_group_describe::handle(context, call, request)
                .await
                .into()
        }
        Request::OffsetDelete(request) => api::offset_delete::handle(context, call, request).await.into(),
        Request::OffsetCommit(request) => api::offset_commit::handle(context, call, request).await.into(),
        Request::OffsetFetch(request) => api::offset_fetch::handle(context, call, request).await.into(),
        Request::FindCoordinator(request) => {
            api::find_coordinator::handle(context, call, request).await.into()
        }
        Request::JoinGroup(request) => api::join_group::handle(context, call, request).await.into(),
        Request::Heartbeat(request) => api::heartbeat::handle(context, call, request).await.into(),
        Request::LeaveGroup(request) => api::leave_group::handle(context, call, request).await.into(),
        Request::SyncGroup(request) => api::sync_group::handle(context, call, request).await.into(),
        Request::DescribeGroups(request) => api::describe_groups::handle(context, call, request).await.into(),
        Request::ListGroups(request) => api::list_groups::handle(context, call, request).await.into(),
        Request::DeleteGroups(request) => api::delete_groups::handle(context, call, request).await.into(),
    };
    encode(header.correlation_id, header.api_version, response)
}
