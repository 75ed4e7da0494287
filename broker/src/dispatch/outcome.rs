//! What becomes of a request.

use protocol_shim::{FetchResponse, RecordsChunk, Response, encode_response};
use storage::Chunk;

/// Records of a fetch: memory or a range of a log file.
#[derive(Clone, Debug)]
pub struct Records(pub Chunk);

impl RecordsChunk for Records {
    fn len(&self) -> usize {
        self.0.len()
    }
}

/// A part of a reply.
pub type Piece = protocol_shim::Piece<Records>;
/// A whole reply, its length prefix included.
pub type ReplyFrame = protocol_shim::Reply<Records>;

/// What the connection does next.
#[derive(Debug)]
pub enum Outcome {
    /// Sends a reply.
    Reply(ReplyFrame),
    /// Sends nothing: produce with acks=0.
    NoReply,
    /// Closes, with the reason for the log.
    Close(String),
}

/// Lets the records of a fetch travel by reference.
pub fn by_reference(response: FetchResponse<Chunk>) -> FetchResponse<Records> {
    response.map_records(Records)
}

/// Encodes a reply; one that cannot be encoded is a mistake of ours and costs its connection.
pub fn encode(correlation_id: i32, version: i16, response: Response<Records>) -> Outcome {
    match encode_response(correlation_id, version, response) {
        Ok(frame) => Outcome::Reply(frame),
        Err(error) => Outcome::Close(error.to_string()),
    }
}

/// The answer to an ApiVersions version that we do not know: v0, error 35, our range of ApiVersions.
pub fn unsupported_api_versions(correlation_id: i32) -> Outcome {
    match protocol_shim::unsupported_api_versions(correlation_id) {
        Ok(frame) => Outcome::Reply(frame),
        Err(error) => Outcome::Close(error.to_string()),
    }
}
