//! One connection: frames out, frames in, and which versions the other side speaks.

use std::collections::BTreeMap;
use std::io::{Error, ErrorKind, Read, Result, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use bytes::Bytes;
use protocol_shim::messages::{ApiVersionsRequest, ApiVersionsResponse};
use protocol_shim::{ApiKey, ErrorCode, Request, RequestHeader, Response, StrBytes};
use protocol_shim::{decode_response, encode_request, frame_len};

use super::config::resolve;

/// Longest answer that is taken, in bytes.
const FRAME_BYTES_MAX: usize = 256 << 20;
/// Answers are read in steps of so many bytes: room is made as they come, not as they are announced.
const STEP_BYTES: u64 = 1 << 20;
/// How long to wait for one address of a name.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// First ApiVersions that names the client's software.
const API_VERSIONS: i16 = 3;

/// A connection to a broker.
#[derive(Debug)]
pub(crate) struct Link {
    stream: TcpStream,
    client_id: StrBytes,
    correlation_id: i32,
    versions: BTreeMap<i16, (i16, i16)>,
    api_versions: ApiVersionsResponse,
}

impl Link {
    /// Connects and asks for the versions.
    ///
    /// # Errors
    /// Whatever the network says; `TimedOut` when the deadline has passed.
    pub(crate) fn open(address: &str, client_id: &str, deadline: Instant) -> Result<Link> {
        let mut last = Error::new(ErrorKind::NotFound, format!("no address is known for {address}"));
        for socket in resolve(address) {
            let limit = remaining(deadline)?.min(CONNECT_TIMEOUT);
            match TcpStream::connect_timeout(&socket, limit) {
                Ok(stream) => {
                    stream.set_nodelay(true)?;
                    let mut link = Link {
                        stream,
                        client_id: StrBytes::from_string(client_id.to_owned()),
                        correlation_id: 0,
                        versions: BTreeMap::new(),
                        api_versions: ApiVersionsResponse::default(),
                    };
                    link.ask_versions(deadline)?;
                    return Ok(link);
                }
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// The highest version that both sides speak, `None` when there is none.
    pub(crate) fn version(&self, key: ApiKey) -> Option<i16> {
        let (min, max) = *self.versions.get(&key.code())?;
        let highest = max.min(key.row().max);
        (highest >= min.max(key.row().min)).then_some(highest)
    }

    /// What the broker told of itself.
    pub(crate) fn api_versions(&self) -> &ApiVersionsResponse {
        &self.api_versions
    }

    /// Sends a request without waiting; answers come in the same order. The id that its answer will bear comes back.
    ///
    /// # Errors
    /// Whatever the network says; `InvalidInput` for a request that this version cannot express.
    pub(crate) fn send(&mut self, version: i16, request: &Request) -> Result<i32> {
        self.correlation_id = self.correlation_id.wrapping_add(1);
        let header = RequestHeader {
            api_key: request.api_key(),
            api_version: version,
            correlation_id: self.correlation_id,
            client_id: Some(self.client_id.clone()),
        };
        let frame =
            encode_request(&header, request).map_err(|error| Error::new(ErrorKind::InvalidInput, error))?;
        self.stream.write_all(&frame)?;
        Ok(self.correlation_id)
    }

    /// Waits for the next answer, which must be that of the request with this id.
    ///
    /// # Errors
    /// Whatever the network says; `InvalidData` for an answer that makes no sense.
    pub(crate) fn receive(
        &mut self,
        key: ApiKey,
        version: i16,
        id: i32,
        deadline: Instant,
    ) -> Result<Response> {
        let frame = self.frame(deadline)?;
        let (answered, response) = decode_response(key, version, frame)
            .map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        if answered != id {
            return Err(Error::new(ErrorKind::InvalidData, "an answer to another request"));
        }
        Ok(response)
    }

    /// Whether an answer begins to come within this time. A connection that broke has something to say, too.
    pub(crate) fn has_answer(&mut self, wait: Duration) -> bool {
        let mut byte = [0];
        let peeked = if wait.is_zero() {
            let peeked = self
                .stream
                .set_nonblocking(true)
                .and_then(|()| self.stream.peek(&mut byte));
            self.stream.set_nonblocking(false).and(peeked)
        } else {
            self.stream
                .set_read_timeout(Some(wait))
                .and_then(|()| self.stream.peek(&mut byte))
        };
        let is_nothing = |error: Error| {
            // A signal ends the wait, too.
            matches!(
                error.kind(),
                ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
            )
        };
        !peeked.is_err_and(is_nothing)
    }

    fn frame(&mut self, deadline: Instant) -> Result<Bytes> {
        let mut prefix = [0; 4];
        self.stream.set_read_timeout(Some(remaining(deadline)?))?;
        self.stream.read_exact(&mut prefix).map_err(timed_out)?;
        let length =
            frame_len(prefix, FRAME_BYTES_MAX).map_err(|error| Error::new(ErrorKind::InvalidData, error))?;
        let mut frame = Vec::new();
        while frame.len() < length {
            self.stream.set_read_timeout(Some(remaining(deadline)?))?;
            let step = STEP_BYTES.min((length - frame.len()) as u64);
            let read = (&mut self.stream)
                .take(step)
                .read_to_end(&mut frame)
                .map_err(timed_out)?;
            if read == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(frame.into())
    }

    fn ask_versions(&mut self, deadline: Instant) -> Result<()> {
        let named = ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("ottla-tools"))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")));
        self.send(API_VERSIONS, &Request::ApiVersions(named))?;
        let frame = self.frame(deadline)?;
        let unsupported = ErrorCode::UnsupportedVersion.code().to_be_bytes();
        // A broker from before 2.4 answers in the form of version 0 whatever was asked.
        let response = if frame.get(4..6) == Some(&unsupported[..]) {
            self.send(0, &Request::ApiVersions(ApiVersionsRequest::default()))?;
            let frame = self.frame(deadline)?;
            decode_response(ApiKey::ApiVersions, 0, frame)
        } else {
            decode_response(ApiKey::ApiVersions, API_VERSIONS, frame)
        };
        match response {
            Ok((_, Response::ApiVersions(response))) => {
                let rows = response.api_keys.iter();
                self.versions = rows
                    .map(|row| (row.api_key, (row.min_version, row.max_version)))
                    .collect();
                self.api_versions = response;
                Ok(())
            }
            Ok(_) => Err(ErrorKind::InvalidData.into()),
            Err(error) => Err(Error::new(ErrorKind::InvalidData, error)),
        }
    }
}

/// Time left; an error when there is none.
pub(super) fn remaining(deadline: Instant) -> Result<Duration> {
    let left = deadline.saturating_duration_since(crate::env::now());
    if left.is_zero() {
        return Err(ErrorKind::TimedOut.into());
    }
    Ok(left)
}

/// A read that ran out of time says so by one kind only.
fn timed_out(error: Error) -> Error {
    match error.kind() {
        ErrorKind::WouldBlock => ErrorKind::TimedOut.into(),
        _ => error,
    }
}
