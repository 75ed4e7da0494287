//! Requests for which the tools that move data need more than [`Client::call`]: one attempt with a time of its own, and
//! coordinators.

use std::time::Duration;

use protocol_shim::messages::FindCoordinatorRequest;
use protocol_shim::{ErrorCode, StrBytes};

use crate::client::{Client, ClientError, Node, Rpc, To};

/// First FindCoordinator with several keys.
const MANY_KEYS: i16 = 4;
/// Wait before a coordinator is looked for again.
const BACKOFF: Duration = Duration::from_millis(50);

/// Whose coordinator is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coordinator {
    /// That of a group.
    Group = 0,
    /// That of a transactional id.
    Transaction = 1,
}

impl Client {
    /// Asks once, in a version no higher than `version_max`, and waits so long.
    ///
    /// # Errors
    /// `NetworkException` when there is no answer; the connection is given up.
    pub(crate) fn ask<R: Rpc>(
        &mut self,
        to: To,
        version_max: i16,
        wait: Duration,
        request: R,
    ) -> Result<R::Answer, ClientError> {
        let deadline = crate::env::now() + wait;
        let link = self.link(to, deadline).map_err(|_| network())?;
        let version = link.version(R::KEY).unwrap_or(version_max).min(version_max);
        let answer = link
            .send(version, &request.into_request())
            .and_then(|id| link.receive(R::KEY, version, id, deadline));
        answer.ok().and_then(R::answer).ok_or_else(|| {
            self.drop_link(to);
            network()
        })
    }

    /// The coordinator of a key; waits `default.api.timeout.ms` for one that can be asked.
    ///
    /// # Errors
    /// Why there is none.
    pub(crate) fn coordinator(&mut self, of: Coordinator, key: &str) -> Result<Node, ClientError> {
        let deadline = crate::env::now() + self.config.api_timeout;
        let key = StrBytes::from_string(key.to_owned());
        loop {
            let answer = self.call("findCoordinator", To::Any, |version| {
                let request = FindCoordinatorRequest::default();
                let request = match version {
                    0 => request,
                    _ => request.with_key_type(of as i8),
                };
                match version >= MANY_KEYS {
                    true => request.with_coordinator_keys(vec![key.clone()]),
                    false => request.with_key(key.clone()),
                }
            })?;
            let (code, node) = match answer.coordinators.first() {
                Some(found) => (found.error_code, node(found.node_id.0, &found.host, found.port)),
                None => (
                    answer.error_code,
                    node(answer.node_id.0, &answer.host, answer.port),
                ),
            };
            let Some(error) = ClientError::of(code, None) else {
                return Ok(node);
            };
            let may_pass = error.code.is_some_and(ErrorCode::is_retriable);
            if !may_pass || crate::env::now() >= deadline {
                return Err(error);
            }
            std::thread::sleep(BACKOFF);
        }
    }
}

fn node(id: i32, host: &StrBytes, port: i32) -> Node {
    Node {
        id,
        host: host.to_string(),
        port,
        rack: None,
    }
}

/// The connection broke, or could not be made.
pub(crate) fn network() -> ClientError {
    let code = ErrorCode::NetworkException.code();
    ClientError::of(code, None).unwrap_or_else(|| ClientError::timeout("The connection broke."))
}
