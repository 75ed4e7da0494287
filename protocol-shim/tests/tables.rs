//! The tables against their sources: error codes against Apache's, versions against what the message crate can do.

#![allow(clippy::unwrap_used, clippy::panic)] // a test fails by them

mod common;

use bytes::BytesMut;
use common::golden;
use kafka_protocol::protocol::{Decodable, Encodable};
use protocol_shim::{API_TABLE, ApiKey, ErrorCode, messages};

#[test]
fn error_codes_are_those_of_apache() {
    let mut codes = Vec::new();
    for line in golden("errors").lines().filter(|line| !line.starts_with('#')) {
        let fields: Vec<&str> = line.split('\t').collect();
        let code = fields[0].parse::<i16>().unwrap();
        let error = ErrorCode::from_code(code).unwrap();
        assert_eq!(error.code(), code);
        assert_eq!(error.name(), fields[1]);
        assert_eq!(error.is_retriable().to_string(), fields[2], "{error}");
        if error != ErrorCode::None {
            assert_eq!(error.message(), fields[3]);
        }
        codes.push(error);
    }
    assert_eq!(ErrorCode::ALL[..codes.len()], codes);
    assert_eq!(
        ErrorCode::ALL.len(),
        codes.len() + 3,
        "134 to 136 are newer than the vectors"
    );
    assert_eq!(ErrorCode::from_code(137), None);
    assert_eq!(ErrorCode::from_code(-2), None);
    assert_eq!(ErrorCode::default(), ErrorCode::None);
}

/// Whether the crate writes and reads a message in a version, by doing it.
fn works<T: Encodable + Decodable + Default + PartialEq>(version: i16) -> bool {
    let mut buf = BytesMut::new();
    let message = T::default();
    if message.encode(&mut buf, version).is_err() {
        return false;
    }
    let mut bytes = buf.freeze();
    T::decode(&mut bytes, version).is_ok() && bytes.is_empty()
}

macro_rules! crate_ranges {
    ($($name:ident $request:ident $response:ident;)+) => {
        /// Versions that the crate really does in both directions, of each API that is left to it.
        fn crate_ranges() -> Vec<(ApiKey, Vec<i16>)> {
            vec![$((
                ApiKey::$name,
                (-1..32)
                    .filter(|v| works::<messages::$request>(*v) && works::<messages::$response>(*v))
                    .collect(),
            )),+]
        }
    };
}

crate_ranges! {
    ListOffsets ListOffsetsRequest ListOffsetsResponse;
    Metadata MetadataRequest MetadataResponse;
    FindCoordinator FindCoordinatorRequest FindCoordinatorResponse;
    JoinGroup JoinGroupRequest JoinGroupResponse;
    Heartbeat HeartbeatRequest HeartbeatResponse;
    LeaveGroup LeaveGroupRequest LeaveGroupResponse;
    SyncGroup SyncGroupRequest SyncGroupResponse;
    DescribeGroups DescribeGroupsRequest DescribeGroupsResponse;
    ListGroups ListGroupsRequest ListGroupsResponse;
    ApiVersions ApiVersionsRequest ApiVersionsResponse;
    CreateTopics CreateTopicsRequest CreateTopicsResponse;
    DeleteTopics DeleteTopicsRequest DeleteTopicsResponse;
    DeleteRecords DeleteRecordsRequest DeleteRecordsResponse;
    InitProducerId InitProducerIdRequest InitProducerIdResponse;
    OffsetForLeaderEpoch OffsetForLeaderEpochRequest OffsetForLeaderEpochResponse;
    DescribeConfigs DescribeConfigsRequest DescribeConfigsResponse;
    AlterReplicaLogDirs AlterReplicaLogDirsRequest AlterReplicaLogDirsResponse;
    CreatePartitions CreatePartitionsRequest CreatePartitionsResponse;
    DeleteGroups DeleteGroupsRequest DeleteGroupsResponse;
    IncrementalAlterConfigs IncrementalAlterConfigsRequest IncrementalAlterConfigsResponse;
    DescribeCluster DescribeClusterRequest DescribeClusterResponse;
    OffsetDelete OffsetDeleteRequest OffsetDeleteResponse;
    ConsumerGroupHeartbeat ConsumerGroupHeartbeatRequest ConsumerGroupHeartbeatResponse;
    ConsumerGroupDescribe ConsumerGroupDescribeRequest ConsumerGroupDescribeResponse;
    DescribeTopicPartitions DescribeTopicPartitionsRequest DescribeTopicPartitionsResponse;
    AddPartitionsToTxn AddPartitionsToTxnRequest AddPartitionsToTxnResponse;
    AddOffsetsToTxn AddOffsetsToTxnRequest AddOffsetsToTxnResponse;
    EndTxn EndTxnRequest EndTxnResponse;
    TxnOffsetCommit TxnOffsetCommitRequest TxnOffsetCommitResponse;
    DescribeProducers DescribeProducersRequest DescribeProducersResponse;
    DescribeTransactions DescribeTransactionsRequest DescribeTransactionsResponse;
    ListTransactions ListTransactionsRequest ListTransactionsResponse;
    UpdateFeatures UpdateFeaturesRequest UpdateFeaturesResponse;
    DescribeClientQuotas DescribeClientQuotasRequest DescribeClientQuotasResponse;
    AlterClientQuotas AlterClientQuotasRequest AlterClientQuotasResponse;
    SaslHandshake SaslHandshakeRequest SaslHandshakeResponse;
    DescribeAcls DescribeAclsRequest DescribeAclsResponse;
    CreateAcls CreateAclsRequest CreateAclsResponse;
    DeleteAcls DeleteAclsRequest DeleteAclsResponse;
    AlterConfigs AlterConfigsRequest AlterConfigsResponse;
    CreateDelegationToken CreateDelegationTokenRequest CreateDelegationTokenResponse;
    RenewDelegationToken RenewDelegationTokenRequest RenewDelegationTokenResponse;
    ExpireDelegationToken ExpireDelegationTokenRequest ExpireDelegationTokenResponse;
    DescribeDelegationToken DescribeDelegationTokenRequest DescribeDelegationTokenResponse;
    ElectLeaders ElectLeadersRequest ElectLeadersResponse;
    AlterPartitionReassignments AlterPartitionReassignmentsRequest AlterPartitionReassignmentsResponse;
    ListPartitionReassignments ListPartitionReassignmentsRequest ListPartitionReassignmentsResponse;
    DescribeQuorum DescribeQuorumRequest DescribeQuorumResponse;
    UnregisterBroker UnregisterBrokerRequest UnregisterBrokerResponse;
    ListConfigResources ListConfigResourcesRequest ListConfigResourcesResponse;
}

#[test]
fn the_table_claims_what_the_crate_does_and_no_more() {
    let ranges = crate_ranges();
    for (key, versions) in &ranges {
        let row = key.row();
        // Version 11 of ListOffsets is written as version 10, whose layout it has.
        let max = if *key == ApiKey::ListOffsets { 10 } else { row.max };
        assert_eq!(*versions, (row.min..=max).collect::<Vec<_>>(), "{key}");
    }
    let ours = [
        ApiKey::Produce,
        ApiKey::Fetch,
        ApiKey::OffsetCommit,
        ApiKey::OffsetFetch,
        ApiKey::DescribeLogDirs,
        ApiKey::WriteTxnMarkers,
    ];
    assert_eq!(ranges.len() + ours.len(), API_TABLE.len());
    assert!(works::<messages::FetchRequest>(ApiKey::Fetch.row().max));
}

#[test]
fn the_table_is_sorted_and_whole() {
    assert!(
        API_TABLE
            .windows(2)
            .all(|pair| pair[0].key.code() < pair[1].key.code())
    );
    for row in API_TABLE {
        assert_eq!(ApiKey::from_code(row.key.code()), Some(row.key));
        assert_eq!(*row.key.row(), row);
        assert!(row.min <= row.max && row.advertised_min <= row.min);
        assert!(row.advertised_min == row.min || row.key == ApiKey::Produce);
        let told = row.advertised();
        assert_eq!(
            (told.api_key, told.min_version, told.max_version),
            (row.key.code(), row.advertised_min, row.max)
        );
    }
    assert_eq!(
        ApiKey::Produce.row().advertised_min,
        0,
        "older librdkafka would not compress (KAFKA-18659)"
    );
    assert_eq!(ApiKey::from_code(7), None);
}
