//! Which answer belongs to which request.

use protocol_shim::messages::*;
use protocol_shim::{ApiKey, Request, Response};
use protocol_shim::{
    DescribeLogDirsRequest, DescribeLogDirsResponse, FetchResponse, OffsetCommitRequest,
    OffsetCommitResponse, OffsetFetchRequest, OffsetFetchResponse, ProduceRequest, ProduceResponse,
};
use protocol_shim::{WriteTxnMarkersRequest, WriteTxnMarkersResponse};

/// A request with the type of its answer.
pub(crate) trait Rpc {
    /// What comes back.
    type Answer;
    /// The API.
    const KEY: ApiKey;
    /// The request as one of all.
    fn into_request(self) -> Request;
    /// The answer out of all; `None` for one of another API.
    fn answer(response: Response) -> Option<Self::Answer>;
}

macro_rules! rpcs {
    ($($name:ident: $request:ty => $response:ty;)+) => {
        $(impl Rpc for $request {
            type Answer = $response;
            const KEY: ApiKey = ApiKey::$name;

            fn into_request(self) -> Request {
                Request::$name(self)
            }

            fn answer(response: Response) -> Option<$response> {
                match response {
                    Response::$name(response) => Some(response),
                    _ => None,
                }
            }
        })+
    };
}

rpcs! {
    Produce: ProduceRequest => ProduceResponse;
    OffsetCommit: OffsetCommitRequest => OffsetCommitResponse;
    OffsetFetch: OffsetFetchRequest => OffsetFetchResponse;
    DescribeLogDirs: DescribeLogDirsRequest => DescribeLogDirsResponse;
    WriteTxnMarkers: WriteTxnMarkersRequest => WriteTxnMarkersResponse;
    Fetch: FetchRequest => FetchResponse<bytes::Bytes>;
    ListOffsets: ListOffsetsRequest => ListOffsetsResponse;
    Metadata: MetadataRequest => MetadataResponse;
    FindCoordinator: FindCoordinatorRequest => FindCoordinatorResponse;
    JoinGroup: JoinGroupRequest => JoinGroupResponse;
    Heartbeat: HeartbeatRequest => HeartbeatResponse;
    LeaveGroup: LeaveGroupRequest => LeaveGroupResponse;
    SyncGroup: SyncGroupRequest => SyncGroupResponse;
    DescribeGroups: DescribeGroupsRequest => DescribeGroupsResponse;
    ListGroups: ListGroupsRequest => ListGroupsResponse;
    ApiVersions: ApiVersionsRequest => ApiVersionsResponse;
    CreateTopics: CreateTopicsRequest => CreateTopicsResponse;
    DeleteTopics: DeleteTopicsRequest => DeleteTopicsResponse;
    DeleteRecords: DeleteRecordsRequest => DeleteRecordsResponse;
    InitProducerId: InitProducerIdRequest => InitProducerIdResponse;
    OffsetForLeaderEpoch: OffsetForLeaderEpochRequest => OffsetForLeaderEpochResponse;
    DescribeConfigs: DescribeConfigsRequest => DescribeConfigsResponse;
    AlterReplicaLogDirs: AlterReplicaLogDirsRequest => AlterReplicaLogDirsResponse;
    CreatePartitions: CreatePartitionsRequest => CreatePartitionsResponse;
    DeleteGroups: DeleteGroupsRequest => DeleteGroupsResponse;
    IncrementalAlterConfigs: IncrementalAlterConfigsRequest => IncrementalAlterConfigsResponse;
    DescribeCluster: DescribeClusterRequest => DescribeClusterResponse;
    OffsetDelete: OffsetDeleteRequest => OffsetDeleteResponse;
    ConsumerGroupHeartbeat: ConsumerGroupHeartbeatRequest => ConsumerGroupHeartbeatResponse;
    ConsumerGroupDescribe: ConsumerGroupDescribeRequest => ConsumerGroupDescribeResponse;
    DescribeTopicPartitions: DescribeTopicPartitionsRequest => DescribeTopicPartitionsResponse;
    AddPartitionsToTxn: AddPartitionsToTxnRequest => AddPartitionsToTxnResponse;
    AddOffsetsToTxn: AddOffsetsToTxnRequest => AddOffsetsToTxnResponse;
    EndTxn: EndTxnRequest => EndTxnResponse;
    TxnOffsetCommit: TxnOffsetCommitRequest => TxnOffsetCommitResponse;
    DescribeProducers: DescribeProducersRequest => DescribeProducersResponse;
    DescribeTransactions: DescribeTransactionsRequest => DescribeTransactionsResponse;
    ListTransactions: ListTransactionsRequest => ListTransactionsResponse;
    UpdateFeatures: UpdateFeaturesRequest => UpdateFeaturesResponse;
    SaslHandshake: SaslHandshakeRequest => SaslHandshakeResponse;
    DescribeAcls: DescribeAclsRequest => DescribeAclsResponse;
    CreateAcls: CreateAclsRequest => CreateAclsResponse;
    DeleteAcls: DeleteAclsRequest => DeleteAclsResponse;
    AlterConfigs: AlterConfigsRequest => AlterConfigsResponse;
    CreateDelegationToken: CreateDelegationTokenRequest => CreateDelegationTokenResponse;
    RenewDelegationToken: RenewDelegationTokenRequest => RenewDelegationTokenResponse;
    ExpireDelegationToken: ExpireDelegationTokenRequest => ExpireDelegationTokenResponse;
    DescribeDelegationToken: DescribeDelegationTokenRequest => DescribeDelegationTokenResponse;
    ElectLeaders: ElectLeadersRequest => ElectLeadersResponse;
    AlterPartitionReassignments: AlterPartitionReassignmentsRequest => AlterPartitionReassignmentsResponse;
    ListPartitionReassignments: ListPartitionReassignmentsRequest => ListPartitionReassignmentsResponse;
    DescribeClientQuotas: DescribeClientQuotasRequest => DescribeClientQuotasResponse;
    AlterClientQuotas: AlterClientQuotasRequest => AlterClientQuotasResponse;
    DescribeQuorum: DescribeQuorumRequest => DescribeQuorumResponse;
    UnregisterBroker: UnregisterBrokerRequest => UnregisterBrokerResponse;
    ListConfigResources: ListConfigResourcesRequest => ListConfigResourcesResponse;
}
