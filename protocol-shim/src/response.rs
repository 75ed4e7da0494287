//! Responses: from typed values to the pieces of a frame.

use bytes::{BufMut, Bytes, BytesMut};
use kafka_protocol::messages as crate_messages;

use crate::api_table::ApiKey;
use crate::crate_codec;
use crate::error_code::ErrorCode;
use crate::fetch::{FetchResponse, RecordsChunk};
use crate::fetch_codec;
use crate::log_dirs::DescribeLogDirsResponse;
use crate::offset_commit::OffsetCommitResponse;
use crate::offset_fetch::OffsetFetchResponse;
use crate::produce::ProduceResponse;
use crate::wire::{WireError, WireResult, Writer};
use crate::write_txn_markers::WriteTxnMarkersResponse;

/// Why a response cannot be encoded: a field that the version does not have, or something too long. Always a mistake
/// of the broker; the connection is lost with it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("cannot encode {api} v{version}: {reason}")]
pub struct EncodeError {
    /// API that was asked.
    pub api: ApiKey,
    /// Version of the message.
    pub version: i16,
    /// What is wrong, for a log line.
    pub reason: String,
}

impl EncodeError {
    pub(crate) fn new(api: ApiKey, version: i16, reason: impl std::fmt::Display) -> Self {
        Self {
            api,
            version,
            reason: reason.to_string(),
        }
    }
}

/// A whole frame, its length prefix included, as pieces to be sent one behind the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply<R = Bytes> {
    /// At least one; none is empty.
    pub pieces: Vec<Piece<R>>,
}

/// A stretch of a frame.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<R = Bytes> {
    /// Encoded bytes.
    Bytes(Bytes),
    /// Records that something else holds.
    Records(R),
}

impl<R: RecordsChunk> Piece<R> {
    /// Length in bytes.
    pub fn len(&self) -> usize {
        match self {
            Piece::Bytes(bytes) => bytes.len(),
            Piece::Records(records) => records.len(),
        }
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<R: RecordsChunk> Reply<R> {
    /// Length in bytes of all pieces, the length prefix included.
    pub fn size_in_bytes(&self) -> usize {
        self.pieces.iter().map(Piece::len).sum()
    }
}

/// The messages without a throttle time, and all others.
macro_rules! set_throttle_time {
    (WriteTxnMarkers $response:ident $ms:ident) => {{
        let _ = $response;
    }};
    (SaslHandshake $response:ident $ms:ident) => {{
        let _ = $response;
    }};
    (DescribeQuorum $response:ident $ms:ident) => {{
        let _ = $response;
    }};
    ($name:ident $response:ident $ms:ident) => {
        $response.throttle_time_ms = $ms
    };
}

macro_rules! responses {
    (ours { $($own:ident($own_type:ty),)+ } crate { $($name:ident($type:ident),)+ }) => {
        /// A response; the variant is named as its [`ApiKey`]. `R` holds the records of a Fetch response.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)]
        pub enum Response<R = Bytes> {
            Fetch(FetchResponse<R>),
            $($own($own_type),)+
            $($name(crate_messages::$type),)+
        }

        impl<R> Response<R> {
            /// The API of the response.
            pub const fn api_key(&self) -> ApiKey {
                match self {
                    Response::Fetch(_) => ApiKey::Fetch,
                    $(Response::$own(_) => ApiKey::$own,)+
                    $(Response::$name(_) => ApiKey::$name,)+
                }
            }
        }

        impl<R> Response<R> {
            /// Tells the client how long it is throttled; nothing where the message has no place for it (as in Kafka:
            /// `AbstractResponse.maybeSetThrottleTimeMs`).
            pub fn set_throttle_time_ms(&mut self, ms: i32) {
                match self {
                    Response::Fetch(response) => response.throttle_time_ms = ms,
                    $(Response::$own(response) => set_throttle_time!($own response ms),)+
                    $(Response::$name(response) => set_throttle_time!($name response ms),)+
                }
            }
        }

        $(impl<R> From<$own_type> for Response<R> {
            fn from(response: $own_type) -> Self {
                Response::$own(response)
            }
        })+

        $(impl<R> From<crate_messages::$type> for Response<R> {
            fn from(response: crate_messages::$type) -> Self {
                Response::$name(response)
            }
        })+

        /// Encodes a response as a whole frame. A flexible version gets a header with tagged fields, save ApiVersions.
        ///
        /// # Errors
        /// See [`EncodeError`].
        pub fn encode_response<R: RecordsChunk>(
            correlation_id: i32,
            version: i16,
            response: Response<R>,
        ) -> Result<Reply<R>, EncodeError> {
            let key = response.api_key();
            let row = key.row();
            if !row.serves(version) {
                return Err(EncodeError::new(key, version, "this version is not served"));
            }
            let header = row.response_header_version(version);
            let start = |buf: &mut BytesMut| start(buf, header, correlation_id);
            let fail = |error: WireError| EncodeError::new(key, version, error);
            let buf = match response {
                Response::Fetch(response) => {
                    return fetch_codec::encode(start, row.is_flexible(version), version, response).map_err(fail);
                }
                $(Response::$own(response) => {
                    let mut buf = BytesMut::with_capacity(SMALL_RESPONSE_BYTES);
                    start(&mut buf);
                    let mut w = Writer::new(buf, row.is_flexible(version));
                    response.write(&mut w, version).map_err(fail)?;
                    w.into_inner()
                })+
                $(Response::$name(response) => {
                    let mut buf = BytesMut::new();
                    let size = crate_codec::encoded_len(&response, key, version)
                        .map_err(|error| EncodeError::new(key, version, error))?;
                    buf.reserve(size.saturating_add(HEADER_BYTES));
                    start(&mut buf);
                    crate_codec::encode(&response, buf, key, version)
                        .map_err(|error| EncodeError::new(key, version, error))?
                })+
            };
            whole(buf).map_err(fail)
        }

        /// Decodes the body of a response.
        #[cfg(feature = "client")]
        pub(crate) fn decode_body(key: ApiKey, version: i16, body: Bytes) -> Result<Response, crate::DecodeError> {
            use crate::wire::Reader;
            let flexible = key.row().is_flexible(version);
            let malformed = |error: WireError| crate::DecodeError::malformed(key, version, error);
            match key {
                ApiKey::Fetch => FetchResponse::read(&mut Reader::new(body, flexible), version)
                    .map(Response::Fetch)
                    .map_err(malformed),
                $(ApiKey::$own => <$own_type>::read(&mut Reader::new(body, flexible), version)
                    .map(Response::$own)
                    .map_err(malformed),)+
                $(ApiKey::$name => crate_codec::decode::<crate_messages::$type>(body, key, version)
                    .map(Response::$name)
                    .map_err(|error| crate::DecodeError::malformed(key, version, error)),)+
            }
        }
    };
}

responses! {
    ours {
        Produce(ProduceResponse),
        OffsetCommit(OffsetCommitResponse),
        OffsetFetch(OffsetFetchResponse),
        DescribeLogDirs(DescribeLogDirsResponse),
        WriteTxnMarkers(WriteTxnMarkersResponse),
    }
    crate {
        ListOffsets(ListOffsetsResponse),
        Metadata(MetadataResponse),
        FindCoordinator(FindCoordinatorResponse),
        JoinGroup(JoinGroupResponse),
        Heartbeat(HeartbeatResponse),
        LeaveGroup(LeaveGroupResponse),
        SyncGroup(SyncGroupResponse),
        DescribeGroups(DescribeGroupsResponse),
        ListGroups(ListGroupsResponse),
        ApiVersions(ApiVersionsResponse),
        CreateTopics(CreateTopicsResponse),
        DeleteTopics(DeleteTopicsResponse),
        DeleteRecords(DeleteRecordsResponse),
        InitProducerId(InitProducerIdResponse),
        OffsetForLeaderEpoch(OffsetForLeaderEpochResponse),
        DescribeConfigs(DescribeConfigsResponse),
        AlterReplicaLogDirs(AlterReplicaLogDirsResponse),
        CreatePartitions(CreatePartitionsResponse),
        DeleteGroups(DeleteGroupsResponse),
        IncrementalAlterConfigs(IncrementalAlterConfigsResponse),
        DescribeCluster(DescribeClusterResponse),
        OffsetDelete(OffsetDeleteResponse),
        ConsumerGroupHeartbeat(ConsumerGroupHeartbeatResponse),
        ConsumerGroupDescribe(ConsumerGroupDescribeResponse),
        DescribeTopicPartitions(DescribeTopicPartitionsResponse),
        AddPartitionsToTxn(AddPartitionsToTxnResponse),
        AddOffsetsToTxn(AddOffsetsToTxnResponse),
        EndTxn(EndTxnResponse),
        TxnOffsetCommit(TxnOffsetCommitResponse),
        DescribeProducers(DescribeProducersResponse),
        DescribeTransactions(DescribeTransactionsResponse),
        ListTransactions(ListTransactionsResponse),
        UpdateFeatures(UpdateFeaturesResponse),
        DescribeClientQuotas(DescribeClientQuotasResponse),
        AlterClientQuotas(AlterClientQuotasResponse),
        SaslHandshake(SaslHandshakeResponse),
        DescribeAcls(DescribeAclsResponse),
        CreateAcls(CreateAclsResponse),
        DeleteAcls(DeleteAclsResponse),
        AlterConfigs(AlterConfigsResponse),
        CreateDelegationToken(CreateDelegationTokenResponse),
        RenewDelegationToken(RenewDelegationTokenResponse),
        ExpireDelegationToken(ExpireDelegationTokenResponse),
        DescribeDelegationToken(DescribeDelegationTokenResponse),
        ElectLeaders(ElectLeadersResponse),
        AlterPartitionReassignments(AlterPartitionReassignmentsResponse),
        ListPartitionReassignments(ListPartitionReassignmentsResponse),
        DescribeQuorum(DescribeQuorumResponse),
        UnregisterBroker(UnregisterBrokerResponse),
        ListConfigResources(ListConfigResourcesResponse),
    }
}

impl<R> From<FetchResponse<R>> for Response<R> {
    fn from(response: FetchResponse<R>) -> Self {
        Response::Fetch(response)
    }
}

/// Room for the length prefix and either header.
const HEADER_BYTES: usize = 9;
/// Room that most answers to Produce and to commits need.
const SMALL_RESPONSE_BYTES: usize = 128;

/// Begins a frame: room for the length, then the header.
fn start(buf: &mut BytesMut, header_version: i16, correlation_id: i32) {
    buf.put_i32(0);
    buf.put_i32(correlation_id);
    if header_version >= 1 {
        buf.put_u8(0);
    }
}

/// Sets the length prefix of a frame of `total` bytes, the prefix included, whose beginning is `buf`.
pub(crate) fn set_length(buf: &mut BytesMut, total: usize) -> WireResult<()> {
    let len = i32::try_from(total.saturating_sub(4)).map_err(|_| WireError::TooLong)?;
    buf.get_mut(..4)
        .ok_or(WireError::Truncated)?
        .copy_from_slice(&len.to_be_bytes());
    Ok(())
}

fn whole<R>(mut buf: BytesMut) -> WireResult<Reply<R>> {
    let total = buf.len();
    set_length(&mut buf, total)?;
    Ok(Reply {
        pieces: vec![Piece::Bytes(buf.freeze())],
    })
}

/// The answer to ApiVersions in a version that is not served: in the encoding of v0, error 35 and the range of
/// ApiVersions alone, so that the client can ask again with the highest version (KIP-511).
///
/// # Errors
/// None in practice; the type is that of every encoding.
pub fn unsupported_api_versions<R: RecordsChunk>(correlation_id: i32) -> Result<Reply<R>, EncodeError> {
    let response = crate_messages::ApiVersionsResponse::default()
        .with_error_code(ErrorCode::UnsupportedVersion.code())
        .with_api_keys(vec![ApiKey::ApiVersions.row().advertised()]);
    encode_response(correlation_id, 0, Response::ApiVersions(response))
}
