//! Requests for which the tools that move data need more than [`Client::call`]: one attempt with a time of its own, and
//! coordinators.

use std::time::{Duration, Instant};

use protocol_shim::messages::FindCoordinatorRequest;
use protocol_shim::{ErrorCode, StrBytes};

use crate::client::{Client, ClientError, Node, Rpc, To};

/// First FindCoordinator with several keys.
const MANY_KEYS: i16 = 4;
/// Wait before a coordinator is looked for again.
pub(crate) const BACKOFF: Duration = Duration::from_millis(50);

/// Whose coordinator is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coordinator {
    /// That of a group.
    Group = 0,
    /// That of a transactional id.
    Transaction = 1,
}

/// A request whose answer is to come.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    to: To,
    version: i16,
    id: i32,
    deadline: Instant,
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
        let deadline = self.in_time(wait);
        let pending = self.send(to, version_max, deadline, request)?;
        self.receive::<R>(pending)
    }

    /// Sends a request that is answered when others have done something, at the latest at the deadline.
    ///
    /// # Errors
    /// `NetworkException`; the connection is given up.
    pub(crate) fn send<R: Rpc>(
        &mut self,
        to: To,
        version_max: i16,
        deadline: Instant,
        request: R,
    ) -> Result<Pending, ClientError> {
        let limit = self.until.map_or(deadline, |until| until.min(deadline));
        let link = self.link(to, limit).map_err(|_| network())?;
        let version = link.version(R::KEY).unwrap_or(version_max).min(version_max);
        match link.send(version, &request.into_request()) {
            Ok(id) => Ok(Pending {
                to,
                version,
                id,
                deadline,
            }),
            Err(_) => {
                self.drop_link(to);
                Err(network())
            }
        }
    }

    /// The answer, `None` when it has not come within this time. Nothing else may be asked of the same node meanwhile.
    ///
    /// # Errors
    /// `NetworkException` when it did not come before the deadline, or cannot come; the connection is given up.
    pub(crate) fn answer<R: Rpc>(
        &mut self,
        pending: Pending,
        wait: Duration,
    ) -> Result<Option<R::Answer>, ClientError> {
        let wait = self.in_time(wait).saturating_duration_since(crate::env::now());
        let link = self.link(pending.to, pending.deadline).map_err(|_| network())?;
        if !link.has_answer(wait) && crate::env::now() < pending.deadline {
            return Ok(None);
        }
        self.receive::<R>(pending).map(Some)
    }

    fn receive<R: Rpc>(&mut self, pending: Pending) -> Result<R::Answer, ClientError> {
        let Pending {
            to,
            version,
            id,
            deadline,
        } = pending;
        let link = self.link(to, deadline).map_err(|_| network())?;
        let answer = link.receive(R::KEY, version, id, deadline);
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
        let deadline = self.in_time(self.config.api_timeout);
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
