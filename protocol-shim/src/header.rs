//! The request header, and which version of it a request has.

use bytes::Bytes;
use kafka_protocol::protocol::StrBytes;

use crate::api_table::ApiKey;
use crate::request::DecodeError;
use crate::wire::{Reader, WireResult};

/// What every request begins with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHeader {
    /// API that is asked.
    pub api_key: ApiKey,
    /// Version of request and response.
    pub api_version: i16,
    /// Given back in the response.
    pub correlation_id: i32,
    /// Name that the client gives itself; Kafka treats `None` as empty.
    pub client_id: Option<StrBytes>,
}

impl RequestHeader {
    /// Reads the header and leaves the body.
    ///
    /// # Errors
    /// The key or version is not served, or the bytes are no header. Kafka closes the connection for all of them but
    /// [`DecodeError::UnsupportedApiVersions`].
    pub(crate) fn split(frame: Bytes) -> Result<(RequestHeader, Bytes), DecodeError> {
        let mut start = Reader::new(frame, false);
        let (key, version) = key_and_version(&mut start).map_err(DecodeError::header)?;
        let Some(api_key) = ApiKey::from_code(key) else {
            return Err(DecodeError::UnknownKey { key, version });
        };
        let row = api_key.row();
        let malformed = |error| DecodeError::malformed(api_key, version, error);
        let correlation_id = start.i32().map_err(malformed)?;
        let client_id = start.nullable_string().map_err(malformed)?;
        let mut rest = Reader::new(start.into_rest(), row.is_flexible(version));
        rest.skip_tags().map_err(malformed)?;
        if row.serves(version) {
            let header = RequestHeader {
                api_key,
                api_version: version,
                correlation_id,
                client_id,
            };
            return Ok((header, rest.into_rest()));
        }
        match api_key {
            ApiKey::ApiVersions => Err(DecodeError::UnsupportedApiVersions {
                correlation_id,
                version,
            }),
            key => Err(DecodeError::UnsupportedVersion { key, version }),
        }
    }
}

fn key_and_version(r: &mut Reader) -> WireResult<(i16, i16)> {
    Ok((r.i16()?, r.i16()?))
}
