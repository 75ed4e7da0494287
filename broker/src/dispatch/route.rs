//! The one match over all APIs.

use std::pin::pin;

use protocol_shim::{ApiKey, Request, RequestHeader, Response};

use super::outcome::{Outcome, Records, by_reference, encode};
use super::produce::{Started, produce};
use super::throttle::{measured, throttle};
use crate::api;
use crate::context::{Call, Context};
use crate::quotas::Timed;

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

/// The match over requests: first the arms that are special, then a line an API with the file of `api` that answers it.
macro_rules! answer {
    ($request:expr, $context:expr, $call:expr, { $($special:tt)* } $($api:ident: $file:ident,)+) => {
        match $request {
            $($special)*
            $(Request::$api(request) => api::$file::handle($context, $call, request).await.into(),)+
        }
    };
}

/// Handles a request to its end.
pub async fn dispatch(context: &Context, call: &Call, header: &RequestHeader, request: Request) -> Outcome {
    if let Request::Produce(request) = request {
        return match produce(context, call, header, request).await {
            Started::Done(outcome) => outcome,
            Started::Pending(mut pending) => {
                pending.ready().await;
                pending.finish()
            }
        };
    }
    let answering = pin!(answer(context, call, request));
    match Timed::new(answering, measured(context, call)).await {
        Some(mut response) => {
            throttle(context, call, &mut response);
            encode(header.correlation_id, header.api_version, response)
        }
        None => Outcome::NoReply,
    }
}

async fn answer(context: &Context, call: &Call, request: Request) -> Option<Response<Records>> {
    let response: Response<Records> = answer!(request, context, call, {
        // Answered apart, above.
        Request::Produce(_) => return None,
        Request::Fetch(request) => by_reference(api::fetch::handle(context, call, request).await).into(),
    }
        ListOffsets: list_offsets,
        Metadata: metadata,
        ApiVersions: api_versions,
        CreateTopics: create_topics,
        DeleteTopics: delete_topics,
        DeleteRecords: delete_records,
        InitProducerId: init_producer_id,
        AddPartitionsToTxn: add_partitions_to_txn,
        AddOffsetsToTxn: add_offsets_to_txn,
        EndTxn: end_txn,
        WriteTxnMarkers: write_txn_markers,
        TxnOffsetCommit: txn_offset_commit,
        UpdateFeatures: update_features,
        DescribeProducers: describe_producers,
        DescribeTransactions: describe_transactions,
        ListTransactions: list_transactions,
        OffsetForLeaderEpoch: offset_for_leader_epoch,
        DescribeConfigs: describe_configs,
        CreatePartitions: create_partitions,
        AlterReplicaLogDirs: alter_replica_log_dirs,
        DescribeLogDirs: describe_log_dirs,
        IncrementalAlterConfigs: incremental_alter_configs,
        DescribeCluster: describe_cluster,
        DescribeTopicPartitions: describe_topic_partitions,
        ConsumerGroupHeartbeat: consumer_group_heartbeat,
        ConsumerGroupDescribe: consumer_group_describe,
        OffsetDelete: offset_delete,
        OffsetCommit: offset_commit,
        OffsetFetch: offset_fetch,
        FindCoordinator: find_coordinator,
        JoinGroup: join_group,
        Heartbeat: heartbeat,
        LeaveGroup: leave_group,
        SyncGroup: sync_group,
        DescribeGroups: describe_groups,
        ListGroups: list_groups,
        DeleteGroups: delete_groups,
        AlterClientQuotas: alter_client_quotas,
        AlterConfigs: alter_configs,
        AlterPartitionReassignments: alter_partition_reassignments,
        CreateAcls: create_acls,
        CreateDelegationToken: create_delegation_token,
        DeleteAcls: delete_acls,
        DescribeAcls: describe_acls,
        DescribeClientQuotas: describe_client_quotas,
        DescribeDelegationToken: describe_delegation_token,
        DescribeQuorum: describe_quorum,
        ElectLeaders: elect_leaders,
        ExpireDelegationToken: expire_delegation_token,
        ListConfigResources: list_config_resources,
        ListPartitionReassignments: list_partition_reassignments,
        RenewDelegationToken: renew_delegation_token,
        SaslHandshake: sasl_handshake,
        UnregisterBroker: unregister_broker,
    );
    Some(response)
}
