//! Kafka's wire protocol: frames, headers, the table of APIs, requests and responses. Bytes in, typed values out, and
//! back; no I/O, no state, no panics on input.

mod api_table;
mod beyond_schema;
#[cfg(feature = "client")]
mod client;
mod crate_codec;
mod error_code;
mod fetch;
mod fetch_codec;
mod frame;
mod header;
mod leader;
mod log_dirs;
mod offset_commit;
mod offset_fetch;
mod produce;
mod request;
mod response;
mod wire;
mod write_txn_markers;

pub use api_table::{API_TABLE, ApiKey, ApiRow};
#[cfg(feature = "client")]
pub use client::{decode_response, encode_request};
pub use error_code::ErrorCode;
pub use fetch::{
    AbortedTransaction, EpochEndOffset, FetchPartitionResponse, FetchResponse, FetchTopicResponse,
    RecordsChunk,
};
pub use frame::{FrameError, HttpStart, frame_len};
pub use header::RequestHeader;
pub use kafka_protocol::messages;
pub use kafka_protocol::protocol::StrBytes;
pub use leader::{LeaderIdAndEpoch, NodeEndpoint};
pub use log_dirs::{
    DescribableLogDirTopic, DescribeLogDirsPartition, DescribeLogDirsRequest, DescribeLogDirsResponse,
    DescribeLogDirsResult, DescribeLogDirsTopic,
};
pub use offset_commit::{
    OffsetCommitPartition, OffsetCommitPartitionResponse, OffsetCommitRequest, OffsetCommitResponse,
    OffsetCommitTopic, OffsetCommitTopicResponse,
};
pub use offset_fetch::{
    OffsetFetchGroup, OffsetFetchGroupResponse, OffsetFetchPartitionResponse, OffsetFetchRequest,
    OffsetFetchResponse, OffsetFetchTopic, OffsetFetchTopicResponse,
};
pub use produce::{
    ProducePartition, ProducePartitionResponse, ProduceRequest, ProduceResponse, ProduceTopic,
    ProduceTopicResponse, RecordError,
};
pub use request::{DecodeError, Request, decode_request};
pub use response::{EncodeError, Piece, Reply, Response, encode_response, unsupported_api_versions};
pub use write_txn_markers::{
    WritableTxnMarker, WritableTxnMarkerResult, WritableTxnMarkerTopic, WritableTxnMarkerTopicResult,
    WriteTxnMarkersRequest, WriteTxnMarkersResponse,
};
