//! The other side, for tests and tools: requests to bytes, bytes to responses.

use bytes::{BufMut, Bytes, BytesMut};

use crate::api_table::ApiKey;
use crate::header::RequestHeader;
use crate::request::{DecodeError, Request};
use crate::response::{EncodeError, Response};
use crate::wire::Reader;

/// Encodes a request as a whole frame, its length prefix included.
///
/// # Errors
/// See [`EncodeError`]; also when header and request are of different APIs.
pub fn encode_request(header: &RequestHeader, request: &Request) -> Result<Bytes, EncodeError> {
    let (key, version) = (header.api_key, header.api_version);
    if key != request.api_key() {
        return Err(EncodeError::new(key, version, "the request is of another API"));
    }
    let fail = |error| EncodeError::new(key, version, error);
    let mut buf = BytesMut::new();
    buf.put_i32(0);
    buf.put_i16(key.code());
    buf.put_i16(version);
    buf.put_i32(header.correlation_id);
    let mut w = crate::wire::Writer::new(buf, false);
    w.nullable_string(header.client_id.as_deref()).map_err(fail)?;
    let mut buf = w.into_inner();
    if key.row().request_header_version(version) >= 2 {
        buf.put_u8(0);
    }
    let mut buf = request.encode_body(buf, version)?;
    let total = buf.len();
    crate::response::set_length(&mut buf, total).map_err(fail)?;
    Ok(buf.freeze())
}

/// Decodes a frame (without its length prefix) that answers a request of this API and version: correlation id and
/// response.
///
/// # Errors
/// [`DecodeError::Malformed`].
pub fn decode_response(key: ApiKey, version: i16, frame: Bytes) -> Result<(i32, Response), DecodeError> {
    let malformed = |error| DecodeError::malformed(key, version, error);
    let mut start = Reader::new(frame, key.row().response_header_version(version) >= 1);
    let correlation_id = start.i32().map_err(malformed)?;
    start.skip_tags().map_err(malformed)?;
    let response = crate::response::decode_body(key, version, start.into_rest())?;
    Ok((correlation_id, response))
}
