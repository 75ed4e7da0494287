//! Decoding and encoding of the messages that come from the message crate.

use bytes::{Buf, Bytes, BytesMut};
use kafka_protocol::protocol::buf::{ByteBuf, NotEnoughBytesError};
use kafka_protocol::protocol::{Decodable, Encodable};

use crate::api_table::ApiKey;

/// Most elements that an array of a message may have.
///
/// The crate allocates room for as many elements as the array announces, if as many *bytes* are left. An element takes
/// some 100 bytes in memory, so a frame of 100 MiB could ask for 10 GiB at once. No real request comes near this number.
const ARRAY_LEN_MAX: usize = 1 << 20;

/// The crate's version of a message. ListOffsets v11 has the layout of v10: it only allows one more special timestamp.
const fn crate_version(key: ApiKey, version: i16) -> i16 {
    match (key, version) {
        (ApiKey::ListOffsets, 11) => 10,
        (_, version) => version,
    }
}

/// A frame that tells the crate of at most [`ARRAY_LEN_MAX`] remaining bytes, which is what it bounds arrays by; byte
/// fields are measured by what really remains.
struct Source(Bytes);

impl Buf for Source {
    fn remaining(&self) -> usize {
        self.0.len().min(ARRAY_LEN_MAX)
    }

    fn chunk(&self) -> &[u8] {
        self.0.get(..self.remaining()).unwrap_or_default()
    }

    fn advance(&mut self, cnt: usize) {
        self.0.advance(cnt);
    }
}

impl ByteBuf for Source {
    fn peek_bytes(&mut self, range: std::ops::Range<usize>) -> Bytes {
        self.0.slice(range)
    }

    fn get_bytes(&mut self, size: usize) -> Bytes {
        self.0.split_to(size)
    }

    fn try_peek_bytes(&mut self, range: std::ops::Range<usize>) -> Result<Bytes, NotEnoughBytesError> {
        if range.start > range.end || range.end > self.0.len() {
            return Err(NotEnoughBytesError);
        }
        Ok(self.0.slice(range))
    }

    fn try_get_bytes(&mut self, size: usize) -> Result<Bytes, NotEnoughBytesError> {
        if size > self.0.len() {
            return Err(NotEnoughBytesError);
        }
        Ok(self.0.split_to(size))
    }
}

/// Decodes a message; bytes behind it are ignored. The error is a sentence for a log line.
pub(crate) fn decode<T: Decodable>(body: Bytes, key: ApiKey, version: i16) -> Result<T, String> {
    T::decode(&mut Source(body), crate_version(key, version)).map_err(|error| error.to_string())
}

/// Encodes a message behind what `buf` holds. The error is a sentence for a log line.
pub(crate) fn encode<T: Encodable>(
    message: &T,
    mut buf: BytesMut,
    key: ApiKey,
    version: i16,
) -> Result<BytesMut, String> {
    let version = crate_version(key, version);
    message
        .encode(&mut buf, version)
        .map_err(|error| error.to_string())?;
    Ok(buf)
}

/// Length in bytes of a message when encoded. The error is a sentence for a log line.
pub(crate) fn encoded_len<T: Encodable>(message: &T, key: ApiKey, version: i16) -> Result<usize, String> {
    message
        .compute_size(crate_version(key, version))
        .map_err(|error| error.to_string())
}
