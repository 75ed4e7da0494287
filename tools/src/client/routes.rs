//! Which connection a request goes over, and what happens when that breaks.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::time::{Duration, Instant};

use super::link::{Link, remaining};
use super::{ClientConfig, ClientError, Rpc};
use crate::log_line::line;

/// Wait between attempts (`reconnect.backoff.ms`, `retry.backoff.ms`).
const BACKOFF: Duration = Duration::from_millis(100);

/// Who is to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    /// Whoever is there.
    Any,
    /// The controller, as Metadata names it.
    Controller,
    /// The broker of this id.
    Node(i32),
}

/// A broker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its id.
    pub id: i32,
    /// Its advertised name.
    pub host: String,
    /// Its advertised port.
    pub port: i32,
    /// Its rack.
    pub rack: Option<String>,
}

/// A cluster, and the connections to it.
#[derive(Debug)]
pub(crate) struct Client {
    /// Settings.
    pub config: ClientConfig,
    /// Whatever the settings allow, nothing is waited for beyond this moment.
    pub until: Option<Instant>,
    /// What Metadata told, by id.
    pub(super) nodes: BTreeMap<i32, Node>,
    pub(super) controller: Option<i32>,
    any: Option<Link>,
    links: BTreeMap<i32, Link>,
    /// Where nobody was found: it is said once, however often it is tried.
    absent: BTreeSet<String>,
}

/// Why an attempt failed.
enum Attempt {
    /// It may go better.
    Again,
    /// It will not.
    Final(ClientError),
}

impl Client {
    /// A client that connects when it is first asked.
    pub(crate) fn new(config: ClientConfig) -> Client {
        Client {
            config,
            until: None,
            nodes: BTreeMap::new(),
            controller: None,
            any: None,
            links: BTreeMap::new(),
            absent: BTreeSet::new(),
        }
    }

    /// Asks, and asks again over broken connections until `default.api.timeout.ms` has passed. `name` is what Kafka's
    /// client calls this; `build` makes the request in a version that the broker speaks.
    ///
    /// # Errors
    /// A timeout, or an API that the broker does not have.
    pub(crate) fn call<R: Rpc>(
        &mut self,
        name: &str,
        to: To,
        mut build: impl FnMut(i16) -> R,
    ) -> Result<R::Answer, ClientError> {
        let deadline = self.in_time(self.config.api_timeout);
        let mut sent = false;
        loop {
            match self.attempt(to, deadline, &mut sent, &mut build) {
                Ok(answer) => return Ok(answer),
                Err(Attempt::Final(error)) => return Err(error),
                Err(Attempt::Again) if let Ok(left) = remaining(deadline) => {
                    std::thread::sleep(left.min(BACKOFF));
                }
                Err(Attempt::Again) if sent => {
                    return Err(ClientError::timeout(format!(
                        "Timed out waiting to send the call. Call: {name}"
                    )));
                }
                Err(Attempt::Again) => {
                    return Err(ClientError::timeout(format!(
                        "Timed out waiting for a node assignment. Call: {name}"
                    )));
                }
            }
        }
    }

    /// The end of a wait that begins now.
    pub(crate) fn in_time(&self, wait: Duration) -> Instant {
        let end = crate::env::now() + wait;
        self.until.map_or(end, |until| until.min(end))
    }

    /// The connection to somebody, for requests that are sent without waiting.
    ///
    /// # Errors
    /// Whatever the network says.
    pub(crate) fn link(&mut self, to: To, deadline: Instant) -> std::io::Result<&mut Link> {
        let id = match to {
            To::Any => None,
            To::Controller => self.controller_id(deadline)?,
            To::Node(id) => Some(id),
        };
        let Some(id) = id else {
            if self.any.is_none() {
                self.any = Some(self.open_any(deadline)?);
            }
            return self.any.as_mut().ok_or_else(|| ErrorKind::NotConnected.into());
        };
        if !self.links.contains_key(&id) {
            if !self.nodes.contains_key(&id) {
                self.refresh(deadline)?;
            }
            let node = self.nodes.get(&id).ok_or(ErrorKind::NotFound)?;
            let host = if node.host.contains(':') {
                format!("[{}]", node.host)
            } else {
                node.host.clone()
            };
            let address = format!("{host}:{}", node.port);
            let link = self.open(&address, id, deadline)?;
            self.links.insert(id, link);
        }
        self.links
            .get_mut(&id)
            .ok_or_else(|| ErrorKind::NotConnected.into())
    }

    /// Gives a connection up, so that the next request opens another.
    pub(crate) fn drop_link(&mut self, to: To) {
        match to {
            To::Any => self.any = None,
            To::Controller => {
                if let Some(id) = self.controller.take() {
                    self.links.remove(&id);
                }
                self.any = None;
            }
            To::Node(id) => {
                self.links.remove(&id);
                self.nodes.remove(&id);
            }
        }
    }

    fn attempt<R: Rpc>(
        &mut self,
        to: To,
        deadline: Instant,
        sent: &mut bool,
        build: &mut impl FnMut(i16) -> R,
    ) -> Result<R::Answer, Attempt> {
        let limit = deadline.min(crate::env::now() + self.config.request_timeout);
        let link = self.link(to, limit).map_err(|_| Attempt::Again)?;
        let Some(version) = link.version(R::KEY) else {
            return Err(Attempt::Final(ClientError::own(
                "UnsupportedVersionException",
                format!("The node does not support {}", api_name(R::KEY.name())),
            )));
        };
        *sent = true;
        let done = link
            .send(version, &build(version).into_request())
            .and_then(|id| link.receive(R::KEY, version, id, limit));
        match done {
            Ok(response) => R::answer(response).ok_or(Attempt::Again),
            Err(error) if matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::InvalidInput) => {
                self.drop_link(to);
                Err(Attempt::Final(ClientError::own(
                    "UnsupportedVersionException",
                    error.to_string(),
                )))
            }
            Err(_) => {
                self.drop_link(to);
                Err(Attempt::Again)
            }
        }
    }

    fn open_any(&mut self, deadline: Instant) -> std::io::Result<Link> {
        let mut last = ErrorKind::NotFound.into();
        for (address, id) in self.config.bootstrap.clone().iter().zip((i32::MIN..0).rev()) {
            match self.open(address, id, deadline) {
                Ok(link) => return Ok(link),
                Err(error) => last = error,
            }
        }
        Err(last)
    }

    /// A connection to this node; those to begin with are numbered from -1 down, as Kafka's client does.
    fn open(&mut self, address: &str, id: i32, deadline: Instant) -> std::io::Result<Link> {
        let opened = Link::open(address, &self.config.client_id, deadline);
        // A caller who would not wait says nothing of the node.
        let was_tried = remaining(deadline).is_ok();
        if opened.is_err() && was_tried && self.absent.insert(address.to_owned()) {
            let what = format!(
                "Connection to node {id} ({address}) could not be established. Node may not be available."
            );
            crate::env::warn(&line("WARN", &what, "org.apache.kafka.clients.NetworkClient"));
        }
        opened
    }

    fn controller_id(&mut self, deadline: Instant) -> std::io::Result<Option<i32>> {
        if self.controller.is_none() {
            self.refresh(deadline)?;
        }
        Ok(self.controller)
    }
}

/// `DescribeCluster` as Kafka's errors name it: `DESCRIBE_CLUSTER`.
fn api_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !out.is_empty() {
            out.push('_');
        }
        out.push(c.to_ascii_uppercase());
    }
    out
}
