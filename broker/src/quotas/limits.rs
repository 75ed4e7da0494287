//! Which quota counts for whom (Kafka: `ClientQuotaManager.DefaultQuotaCallback`).

use std::collections::HashMap;
use std::net::IpAddr;

use super::address::find_address_now;
use super::client::{Client, Kind};
use crate::records::metadata_quota::QuotaEntity;
use crate::topics::ClientQuotas;

/// The quotas of clients for one user, for the default user, or for none.
#[derive(Debug, Default)]
struct Level {
    /// Whatever the client.
    own: Option<f64>,
    clients: HashMap<String, f64>,
    default_client: Option<f64>,
}

impl Level {
    fn of_client(&self, id: &str) -> Option<f64> {
        self.clients.get(id).copied().or(self.default_client)
    }
}

/// A limit, and by what its clients are told apart: clients with the same share it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limit<'a> {
    /// Name of the user; empty when all users share the limit.
    pub user: &'a str,
    /// Client id; empty when all clients share the limit.
    pub client_id: &'a str,
    /// Amount per second.
    pub bound: f64,
}

/// All quotas of one kind.
#[derive(Debug, Default)]
pub struct KindLimits {
    users: HashMap<String, Level>,
    default_user: Level,
    no_user: Level,
    has_users: bool,
    has_clients: bool,
    has_pairs: bool,
}

impl KindLimits {
    fn add(&mut self, entity: &QuotaEntity, bound: f64) {
        let (user, client) = (entity.0.get("user"), entity.0.get("client-id"));
        let level = match user {
            None => &mut self.no_user,
            Some(None) => &mut self.default_user,
            Some(Some(name)) => self.users.entry(name.clone()).or_default(),
        };
        match client {
            None => level.own = Some(bound),
            Some(None) => level.default_client = Some(bound),
            Some(Some(id)) => drop(level.clients.insert(id.clone(), bound)),
        }
        self.has_users |= user.is_some() && client.is_none();
        self.has_clients |= user.is_none() && client.is_some();
        self.has_pairs |= user.is_some() && client.is_some();
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        !(self.has_users || self.has_clients || self.has_pairs)
    }

    /// The one limit that counts for a client, the closest to it.
    pub fn of<'a>(&self, client: Client<'a>) -> Option<Limit<'a>> {
        let (user, client_id) = self.shared_by(client);
        let named = self.users.get(user);
        let bound = match (user, client_id) {
            ("", "") => None,
            ("", id) => self.no_user.of_client(id),
            (_, "") => named.and_then(|level| level.own).or(self.default_user.own),
            (_, id) => named
                .and_then(|level| level.of_client(id))
                .or_else(|| self.default_user.of_client(id)),
        };
        bound.map(|bound| Limit {
            user,
            client_id,
            bound,
        })
    }

    /// By what clients are told apart: by what quotas there are, or by the closest of them if there are several kinds.
    fn shared_by<'a>(&self, Client { user, id }: Client<'a>) -> (&'a str, &'a str) {
        match (self.has_users, self.has_clients, self.has_pairs) {
            (false, _, false) => return ("", id),
            (true, false, false) => return (user, ""),
            (false, false, true) => return (user, id),
            _ => {}
        }
        let named = self.users.get(user);
        let pair = |level: &Level| level.clients.contains_key(id) || level.default_client.is_some();
        if named.is_some_and(pair) {
            (user, id)
        } else if named.is_some_and(|level| level.own.is_some()) {
            (user, "")
        } else if pair(&self.default_user) {
            (user, id)
        } else if self.default_user.own.is_some() {
            (user, "")
        } else {
            ("", id)
        }
    }
}

/// All quotas as they are looked up.
#[derive(Debug, Default)]
pub struct Limits {
    kinds: [KindLimits; Kind::ALL.len()],
    addresses: HashMap<IpAddr, f64>,
    default_address: Option<f64>,
}

impl Limits {
    /// The quotas of an image. Names of hosts are looked up, which may take as long as the resolver does.
    pub fn of(quotas: &ClientQuotas) -> Limits {
        let mut limits = Limits::default();
        for (entity, values) in quotas {
            for (kind, of_kind) in Kind::ALL.iter().zip(&mut limits.kinds) {
                if let Some(bound) = values.get(kind.key()) {
                    of_kind.add(entity, bound.0);
                }
            }
            let Some(bound) = values.get("connection_creation_rate").map(|bound| bound.0) else {
                continue;
            };
            match entity.0.get("ip") {
                None => {}
                Some(None) => limits.default_address = Some(bound),
                Some(Some(host)) => match find_address_now(host) {
                    Some(address) => drop(limits.addresses.insert(address, bound)),
                    None => tracing::warn!(
                        host,
                        "the host of a connection quota is not found; it has no effect"
                    ),
                },
            }
        }
        limits
    }

    /// The quotas of one kind.
    pub fn kind(&self, kind: Kind) -> &KindLimits {
        let [produce, fetch, request, mutations] = &self.kinds;
        match kind {
            Kind::Produce => produce,
            Kind::Fetch => fetch,
            Kind::Request => request,
            Kind::Mutations => mutations,
        }
    }

    /// Whether any address is limited.
    pub fn has_addresses(&self) -> bool {
        self.default_address.is_some() || !self.addresses.is_empty()
    }

    /// Connections per second from an address.
    pub fn of_address(&self, address: IpAddr) -> Option<f64> {
        self.addresses.get(&address).copied().or(self.default_address)
    }
}
