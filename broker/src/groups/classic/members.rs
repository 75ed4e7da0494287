//! The members of one group and what is counted over them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use crate::groups::types::Protocol;

/// A parked request; the shell around the pure core keeps its reply channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Waiter(pub u64);

/// One member (`ClassicGroupMember`).
#[derive(Clone, Debug)]
pub struct Member {
    /// Member id.
    pub id: Arc<str>,
    /// `group.instance.id` of a static member.
    pub instance_id: Option<String>,
    /// Client id.
    pub client_id: String,
    /// Client address, Java style.
    pub client_host: String,
    /// Milliseconds that a rebalance waits for it.
    pub rebalance_timeout_ms: i32,
    /// Milliseconds without a heartbeat until it is gone.
    pub session_timeout_ms: i32,
    /// Protocols in order of preference.
    pub protocols: Vec<Protocol>,
    /// Current assignment.
    pub assignment: Bytes,
    /// Its parked SyncGroup.
    pub awaiting_sync: Option<Waiter>,
    /// Added since the last generation: its session runs even while its join is parked.
    pub is_new: bool,
    /// Its parked JoinGroup; changed through [`Members`], which counts them.
    awaiting_join: Option<Waiter>,
}

impl Member {
    /// A member without parked requests and without assignment.
    pub fn new(id: Arc<str>, instance_id: Option<String>, client_id: String, client_host: String) -> Member {
        Member {
            id,
            instance_id,
            client_id,
            client_host,
            rebalance_timeout_ms: 0,
            session_timeout_ms: 0,
            protocols: Vec::new(),
            assignment: Bytes::new(),
            awaiting_sync: None,
            is_new: false,
            awaiting_join: None,
        }
    }

    /// Whether its JoinGroup is parked.
    pub fn is_awaiting_join(&self) -> bool {
        self.awaiting_join.is_some()
    }

    /// Whether a session deadline may pass: parked members prove that they live, new ones do not.
    pub fn has_satisfied_heartbeat(&self) -> bool {
        !self.is_new && (self.awaiting_join.is_some() || self.awaiting_sync.is_some())
    }

    /// Metadata for `protocol`; empty when the member does not support it.
    pub fn metadata(&self, protocol: Option<&str>) -> Bytes {
        let found = self.protocols.iter().find(|p| Some(p.name.as_str()) == protocol);
        found.map(|p| p.metadata.clone()).unwrap_or_default()
    }
}

/// The members of one group.
///
/// Invariants: `awaiting_join` counts the members whose join is parked; `supported` counts for each protocol
/// the members that support it; `static_ids` maps the instance id of every static member to its member id.
#[derive(Debug, Default)]
pub struct Members {
    by_id: BTreeMap<Arc<str>, Member>,
    static_ids: HashMap<String, Arc<str>>,
    awaiting_join: usize,
    supported: BTreeMap<String, usize>,
}

impl Members {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// The member of that id.
    pub fn get(&self, id: &str) -> Option<&Member> {
        self.by_id.get(id)
    }

    /// As [`Members::get`], to change what is not counted.
    pub fn get_mut(&mut self, id: &str) -> Option<&mut Member> {
        self.by_id.get_mut(id)
    }

    /// All, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Member> {
        self.by_id.values()
    }

    /// All, to change what is not counted.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Member> {
        self.by_id.values_mut()
    }

    /// All ids.
    pub fn ids(&self) -> Vec<Arc<str>> {
        self.by_id.keys().cloned().collect()
    }

    /// How many joins are parked.
    pub fn awaiting_join(&self) -> usize {
        self.awaiting_join
    }

    /// Member id of the static member with that instance id.
    pub fn static_id(&self, instance_id: &str) -> Option<&Arc<str>> {
        self.static_ids.get(instance_id)
    }

    /// Whether every member supports `protocol`.
    pub fn all_support(&self, protocol: &str) -> bool {
        self.supported.get(protocol).copied().unwrap_or(0) == self.by_id.len()
    }

    /// Adds or replaces a member.
    pub fn insert(&mut self, member: Member) {
        self.remove(&member.id.clone());
        self.count(&member.protocols, true);
        self.awaiting_join += usize::from(member.is_awaiting_join());
        if let Some(instance) = &member.instance_id {
            self.static_ids.insert(instance.clone(), member.id.clone());
        }
        self.by_id.insert(member.id.clone(), member);
    }

    /// Takes a member out.
    pub fn remove(&mut self, id: &str) -> Option<Member> {
        let member = self.by_id.remove(id)?;
        self.count(&member.protocols, false);
        self.awaiting_join -= usize::from(member.is_awaiting_join());
        if let Some(instance) = &member.instance_id
            && self.static_ids.get(instance) == Some(&member.id)
        {
            self.static_ids.remove(instance);
        }
        Some(member)
    }

    /// Changes the protocols of a member.
    pub fn set_protocols(&mut self, id: &str, protocols: Vec<Protocol>) {
        if let Some(mut member) = self.remove(id) {
            member.protocols = protocols;
            self.insert(member);
        }
    }

    /// Parks a join; gives back the one that it replaces.
    pub fn park_join(&mut self, id: &str, waiter: Waiter) -> Option<Waiter> {
        let member = self.by_id.get_mut(id)?;
        let old = member.awaiting_join.replace(waiter);
        self.awaiting_join += usize::from(old.is_none());
        old
    }

    /// Takes the parked join of a member.
    pub fn take_join(&mut self, id: &str) -> Option<Waiter> {
        let waiter = self.by_id.get_mut(id)?.awaiting_join.take();
        self.awaiting_join -= usize::from(waiter.is_some());
        waiter
    }

    fn count(&mut self, protocols: &[Protocol], up: bool) {
        for protocol in protocols {
            let count = self.supported.entry(protocol.name.clone()).or_default();
            *count = if up { *count + 1 } else { count.saturating_sub(1) };
            if *count == 0 {
                self.supported.remove(&protocol.name);
            }
        }
    }

    /// The protocol that all support and most members prefer; of equals the first by name.
    pub fn select_protocol(&self) -> Option<String> {
        let mut votes: BTreeMap<&str, usize> = BTreeMap::new();
        for member in self.iter() {
            let vote = member.protocols.iter().find(|p| self.all_support(&p.name))?;
            *votes.entry(vote.name.as_str()).or_default() += 1;
        }
        let most = votes.values().copied().max()?;
        votes
            .into_iter()
            .find(|(_, count)| *count == most)
            .map(|(name, _)| name.to_owned())
    }

    /// The longest rebalance timeout, milliseconds.
    pub fn rebalance_timeout_ms(&self) -> i32 {
        self.iter()
            .map(|m| m.rebalance_timeout_ms)
            .max()
            .unwrap_or(0)
            .max(0)
    }
}
