//! What a handler may touch: handles only, and the facts of one call.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use crate::config::{Config, Role};
use crate::env::Env;
use crate::fetch::FetchSessions;
use crate::groups::Groups;
use crate::partition::HeavyWork;
use crate::quotas::{Client, Kind, Mutations, Quotas, Usage};
use crate::topics::{GROUP_VERSION, Topics};
use crate::transactions::{Admittance, Transactions};

/// Kind of the principal that every client of a plain listener is (`KafkaPrincipal.USER_TYPE`).
pub const USER: &str = "User";
/// Its name.
pub const ANONYMOUS: &str = "ANONYMOUS";

/// A host and port that a client can dial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// Host name or address literal (IPv6 without brackets).
    pub host: Arc<str>,
    /// TCP port.
    pub port: u16,
}

/// The listener that a connection came in by, and what its client is to call it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entrance {
    /// Name of the listener.
    pub listener: Arc<str>,
    /// Whom the listener is for.
    pub role: Role,
    /// What leads here for this client, where `advertised.listeners` says nothing: as a rule what it dialled.
    pub here: Endpoint,
    /// The port of the socket.
    pub bound_port: u16,
}

impl Entrance {
    /// What this broker calls itself here. `advertised.listeners` may change while the broker runs; without a host
    /// there the client's own holds, without a port the one that is bound.
    pub fn advertised(&self, config: &Config) -> Endpoint {
        let Some(told) = config.advertised(&self.listener) else {
            return self.here.clone();
        };
        Endpoint {
            host: match told.host.as_str() {
                "" => Arc::clone(&self.here.host),
                host => host.into(),
            },
            port: if told.port == 0 {
                self.bound_port
            } else {
                told.port
            },
        }
    }
}

/// A socket that this broker listens on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Door {
    /// Name of the listener.
    pub listener: Arc<str>,
    /// Whom it is for.
    pub role: Role,
    /// Where it is bound.
    pub address: SocketAddr,
}

impl Door {
    /// What a client that came in by another door is to call this one: its own address unless that is every address of
    /// the machine.
    fn advertised(&self, config: &Config, call: &Call) -> Endpoint {
        let ip = self.address.ip().to_canonical();
        let host = match ip.is_unspecified() {
            true => Arc::clone(&call.entrance.here.host),
            false => ip.to_string().into(),
        };
        let port = self.address.port();
        let entrance = Entrance {
            listener: Arc::clone(&self.listener),
            role: self.role,
            here: Endpoint { host, port },
            bound_port: port,
        };
        entrance.advertised(config)
    }
}

/// The facts of one request that are not in its body.
#[derive(Debug)]
pub struct Call {
    /// API version of the request.
    pub version: i16,
    /// Client id of the request header; empty when it was null.
    pub client_id: Arc<str>,
    /// Address of the client's socket.
    pub client_host: IpAddr,
    /// Size of the request, its header included, in bytes.
    pub request_bytes: usize,
    /// What the request used so far, and how long its client has to wait for it.
    pub usage: Usage,
    /// How the client came in.
    pub entrance: Arc<Entrance>,
}

impl Call {
    /// Whose quotas count.
    pub fn client(&self) -> Client<'_> {
        Client {
            user: ANONYMOUS,
            id: &self.client_id,
        }
    }

    /// What this broker calls itself to this client: the same in Metadata, FindCoordinator and DescribeCluster.
    pub fn advertised(&self, config: &Config) -> Endpoint {
        self.entrance.advertised(config)
    }

    /// The client's address as groups keep it.
    pub fn client_address(&self) -> String {
        java_address(self.client_host)
    }
}

/// An address as Java's `InetAddress.toString` writes it: a slash, and IPv6 without abbreviation.
fn java_address(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => format!("/{address}"),
        IpAddr::V6(address) => {
            let words = address.segments().map(|word| format!("{word:x}"));
            format!("/{}", words.join(":"))
        }
    }
}

/// Handles to everything that owns state; one per broker, shared by all connections.
#[derive(Debug)]
pub struct Context {
    /// Clock, chance and files.
    pub env: Env,
    /// The broker's configuration.
    pub config: Arc<Config>,
    /// Topics, their configs and the metadata image.
    pub topics: Topics,
    /// Consumer groups.
    pub groups: Groups,
    /// Transactional producers.
    pub transactions: Transactions,
    /// Incremental fetch sessions.
    pub fetch_sessions: FetchSessions,
    /// Quotas of clients.
    pub quotas: Arc<Quotas>,
    /// Turns for long work on the processor.
    pub heavy: HeavyWork,
    /// Sockets that are open now.
    pub doors: ArcSwap<Vec<Door>>,
    /// Becomes true when the broker drains: long polls answer at once.
    pub stopping: watch::Receiver<bool>,
}

impl Context {
    /// The client's quota on topics and partitions that it makes and removes: what is over it is refused since version
    /// `strict_since` of the request.
    pub fn mutations<'a>(&'a self, call: &'a Call, strict_since: i16) -> Mutations<'a> {
        let strict = call.version >= strict_since;
        Mutations::new(&self.quotas, call.client(), &call.usage, strict)
    }

    /// Whether members of the newer consumer protocol are served: the configuration has it, and the cluster is raised
    /// to it (Kafka: `KafkaApis.isConsumerGroupProtocolEnabled`; the keys stay in ApiVersions either way).
    pub fn serves_consumer_protocol(&self) -> bool {
        self.groups.has_consumer_protocol() && self.topics.image().feature_level(GROUP_VERSION) > 0
    }

    /// The listeners of the controller, each once, as the client of a call reaches them.
    pub fn controllers(&self, config: &Config, call: &Call) -> Vec<(Arc<str>, Endpoint)> {
        let mut told: Vec<(Arc<str>, Endpoint)> = Vec::new();
        for door in self.doors.load().iter() {
            let is_told = told.iter().any(|(listener, _)| *listener == door.listener);
            if door.role == Role::Controller && !is_told {
                told.push((Arc::clone(&door.listener), door.advertised(config, call)));
            }
        }
        told
    }

    /// Notes the time that was worked on a request; answers how long its client has to wait, in milliseconds.
    pub fn worked(&self, call: &Call) -> i32 {
        match self.quotas.has(Kind::Request) {
            true => self
                .quotas
                .worked(call.client(), call.usage.busy_ns(&*self.env.clock)),
            false => 0,
        }
    }

    /// How a write within a transaction is admitted; `adds` when writing adds the partition (KIP-890 part 2).
    pub fn admittance(&self, adds: bool) -> Admittance {
        let image = self.topics.image();
        let config = &image.config.transactions;
        match adds {
            true => Admittance::Add {
                pause_ms: config.add_backoff_ms,
                patience_ms: config.add_backoff_max_ms,
            },
            false if config.verify_partitions => Admittance::Verify,
            false => Admittance::Trust,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::java_address;

    #[test]
    fn addresses_look_as_in_java() {
        assert_eq!(java_address("127.0.0.1".parse().unwrap()), "/127.0.0.1");
        assert_eq!(java_address("::1".parse().unwrap()), "/0:0:0:0:0:0:0:1");
        assert_eq!(java_address("::ffff:10.0.0.1".parse().unwrap()), "/10.0.0.1");
    }
}
