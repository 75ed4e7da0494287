//! Requests: from the bytes of a frame to typed values.

use bytes::Bytes;
use kafka_protocol::messages as crate_messages;

use crate::api_table::ApiKey;
use crate::beyond_schema;
use crate::crate_codec;
use crate::header::RequestHeader;
use crate::log_dirs::DescribeLogDirsRequest;
use crate::offset_commit::OffsetCommitRequest;
use crate::offset_fetch::OffsetFetchRequest;
use crate::produce::ProduceRequest;
use crate::wire::{Reader, WireError};
use crate::write_txn_markers::WriteTxnMarkersRequest;

/// Why the bytes of a frame are no request. All but `UnsupportedApiVersions` cost the client its connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// ApiVersions in a version that is not served: to be answered with [`crate::unsupported_api_versions`], after
    /// which the client asks again (KIP-511).
    #[error("ApiVersions version {version} is not served")]
    UnsupportedApiVersions {
        /// To be given back in the answer.
        correlation_id: i32,
        /// Version that was asked for.
        version: i16,
    },
    /// No API that is served has this key.
    #[error("API key {key} (version {version}) is not served")]
    UnknownKey {
        /// Key on the wire.
        key: i16,
        /// Version on the wire.
        version: i16,
    },
    /// The API is served, this version of it is not.
    #[error("{key} version {version} is not served")]
    UnsupportedVersion {
        /// API that was asked.
        key: ApiKey,
        /// Version that was asked for.
        version: i16,
    },
    /// The bytes are no message of this API and version.
    #[error("malformed {} request: {reason}", Name(*api, *version))]
    Malformed {
        /// API that was asked, `None` when the bytes do not even tell that.
        api: Option<ApiKey>,
        /// Version that was asked for.
        version: i16,
        /// What is wrong, for a log line.
        reason: String,
    },
}

/// API and version for a log line.
struct Name(Option<ApiKey>, i16);

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(api) => write!(f, "{api} v{}", self.1),
            None => f.write_str("(no header)"),
        }
    }
}

impl DecodeError {
    pub(crate) fn header(error: WireError) -> Self {
        DecodeError::Malformed {
            api: None,
            version: 0,
            reason: error.to_string(),
        }
    }

    pub(crate) fn malformed(api: ApiKey, version: i16, reason: impl std::fmt::Display) -> Self {
        DecodeError::Malformed {
            api: Some(api),
            version,
            reason: reason.to_string(),
        }
    }
}

macro_rules! requests {
    (ours { $($own:ident($own_type:ty),)+ } crate { $($name:ident($type:ident),)+ }) => {
        /// A decoded request; the variant is named as its [`ApiKey`].
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)]
        pub enum Request {
            $($own($own_type),)+
            $($name(crate_messages::$type),)+
        }

        impl Request {
            /// The API of the request.
            pub const fn api_key(&self) -> ApiKey {
                match self {
                    $(Request::$own(_) => ApiKey::$own,)+
                    $(Request::$name(_) => ApiKey::$name,)+
                }
            }

            pub(crate) fn decode_body(key: ApiKey, version: i16, body: Bytes) -> Result<Request, DecodeError> {
                match key {
                    $(ApiKey::$own => <$own_type>::read(
                        &mut Reader::new(body, key.row().is_flexible(version)),
                        version,
                    )
                    .map(Request::$own)
                    .map_err(|error| DecodeError::malformed(key, version, error)),)+
                    $(ApiKey::$name => crate_codec::decode::<crate_messages::$type>(body, key, version)
                        .map(Request::$name)
                        .map_err(|error| DecodeError::malformed(key, version, error)),)+
                }
            }

            /// Writes the body.
            #[cfg(feature = "client")]
            pub(crate) fn encode_body(
                &self,
                buf: bytes::BytesMut,
                version: i16,
            ) -> Result<bytes::BytesMut, crate::response::EncodeError> {
                let key = self.api_key();
                match self {
                    $(Request::$own(request) => {
                        let mut w = crate::wire::Writer::new(buf, key.row().is_flexible(version));
                        request
                            .write(&mut w, version)
                            .map_err(|error| crate::response::EncodeError::new(key, version, error))?;
                        Ok(w.into_inner())
                    })+
                    $(Request::$name(request) => crate_codec::encode(request, buf, key, version)
                        .map_err(|error| crate::response::EncodeError::new(key, version, error)),)+
                }
            }
        }
    };
}

requests! {
    ours {
        Produce(ProduceRequest),
        OffsetCommit(OffsetCommitRequest),
        OffsetFetch(OffsetFetchRequest),
        DescribeLogDirs(DescribeLogDirsRequest),
        WriteTxnMarkers(WriteTxnMarkersRequest),
    }
    crate {
        Fetch(FetchRequest),
        ListOffsets(ListOffsetsRequest),
        Metadata(MetadataRequest),
        FindCoordinator(FindCoordinatorRequest),
        JoinGroup(JoinGroupRequest),
        Heartbeat(HeartbeatRequest),
        LeaveGroup(LeaveGroupRequest),
        SyncGroup(SyncGroupRequest),
        DescribeGroups(DescribeGroupsRequest),
        ListGroups(ListGroupsRequest),
        ApiVersions(ApiVersionsRequest),
        CreateTopics(CreateTopicsRequest),
        DeleteTopics(DeleteTopicsRequest),
        DeleteRecords(DeleteRecordsRequest),
        InitProducerId(InitProducerIdRequest),
        OffsetForLeaderEpoch(OffsetForLeaderEpochRequest),
        DescribeConfigs(DescribeConfigsRequest),
        AlterReplicaLogDirs(AlterReplicaLogDirsRequest),
        CreatePartitions(CreatePartitionsRequest),
        DeleteGroups(DeleteGroupsRequest),
        IncrementalAlterConfigs(IncrementalAlterConfigsRequest),
        DescribeCluster(DescribeClusterRequest),
        OffsetDelete(OffsetDeleteRequest),
        ConsumerGroupHeartbeat(ConsumerGroupHeartbeatRequest),
        ConsumerGroupDescribe(ConsumerGroupDescribeRequest),
        DescribeTopicPartitions(DescribeTopicPartitionsRequest),
        AddPartitionsToTxn(AddPartitionsToTxnRequest),
        AddOffsetsToTxn(AddOffsetsToTxnRequest),
        EndTxn(EndTxnRequest),
        TxnOffsetCommit(TxnOffsetCommitRequest),
        DescribeProducers(DescribeProducersRequest),
        DescribeTransactions(DescribeTransactionsRequest),
        ListTransactions(ListTransactionsRequest),
        UpdateFeatures(UpdateFeaturesRequest),
        DescribeClientQuotas(DescribeClientQuotasRequest),
        AlterClientQuotas(AlterClientQuotasRequest),
        SaslHandshake(SaslHandshakeRequest),
        DescribeAcls(DescribeAclsRequest),
        CreateAcls(CreateAclsRequest),
        DeleteAcls(DeleteAclsRequest),
        AlterConfigs(AlterConfigsRequest),
        CreateDelegationToken(CreateDelegationTokenRequest),
        RenewDelegationToken(RenewDelegationTokenRequest),
        ExpireDelegationToken(ExpireDelegationTokenRequest),
        DescribeDelegationToken(DescribeDelegationTokenRequest),
        ElectLeaders(ElectLeadersRequest),
        AlterPartitionReassignments(AlterPartitionReassignmentsRequest),
        ListPartitionReassignments(ListPartitionReassignmentsRequest),
        DescribeQuorum(DescribeQuorumRequest),
        UnregisterBroker(UnregisterBrokerRequest),
        ListConfigResources(ListConfigResourcesRequest),
    }
}

/// Decodes a frame (without its length prefix). Strings, byte fields and records of the result are slices of `frame`
/// and keep all of it alive: copy what is to outlive the request.
///
/// Bytes behind the end of the message are ignored, as Kafka does.
///
/// # Errors
/// See [`DecodeError`].
pub fn decode_request(frame: Bytes) -> Result<(RequestHeader, Request), DecodeError> {
    let (header, body) = RequestHeader::split(frame)?;
    let (key, version) = (header.api_key, header.api_version);
    let request = Request::decode_body(key, version, body)?;
    match beyond_schema::refused(&request, version) {
        Some(reason) => Err(DecodeError::malformed(key, version, reason)),
        None => Ok((header, request)),
    }
}
