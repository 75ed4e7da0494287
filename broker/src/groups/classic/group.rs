//! One classic group: its state and what replay does to it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::members::{Member, Members};
use crate::groups::types::{GroupError, JoinedMember, Protocol};
use crate::records::groups::{GroupMetadataValue, GroupRecord, MemberMetadata};

/// Protocol type of ordinary consumers.
pub const CONSUMER_PROTOCOL_TYPE: &str = "consumer";

/// State of a classic group. A dead group is one that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// No members; may have offsets.
    Empty,
    /// Waiting for members to join.
    PreparingRebalance,
    /// Waiting for the leader's assignment.
    CompletingRebalance,
    /// Assigned.
    Stable,
}

impl State {
    /// The name that Kafka shows.
    pub fn name(self) -> &'static str {
        match self {
            State::Empty => "Empty",
            State::PreparingRebalance => "PreparingRebalance",
            State::CompletingRebalance => "CompletingRebalance",
            State::Stable => "Stable",
        }
    }
}

/// The initial rebalance delay that runs (`group.initial.rebalance.delay.ms` and its extension).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InitialDelay {
    /// Length of the delay that runs, milliseconds.
    pub delay_ms: i32,
    /// What may be added to it while members keep coming.
    pub remaining_ms: i32,
}

/// A classic group.
///
/// Logged are: existence and the last generation that was stable or empty. Members that join,
/// generations that complete, pending members and deadlines are soft.
/// Invariants: [`State::Stable`] and [`State::Empty`] are entered only by [`ClassicGroup::replay`]; in those two states
/// the group equals its last record.
#[derive(Debug)]
pub struct ClassicGroup {
    /// ClassicGroup id.
    pub id: Arc<str>,
    /// State.
    pub state: State,
    /// Whether [`State::PreparingRebalance`] was entered from [`State::Empty`].
    pub initial: bool,
    /// When the state was entered, wall milliseconds.
    pub state_since_ms: Option<i64>,
    /// Protocol type; `None` for a group that only has offsets.
    pub protocol_type: Option<String>,
    /// Chosen protocol of the generation.
    pub protocol: Option<String>,
    /// Generation.
    pub generation: i32,
    /// Member id of the leader.
    pub leader: Option<Arc<str>>,
    /// Members.
    pub members: Members,
    /// Ids given out with MEMBER_ID_REQUIRED, not yet used.
    pub pending_join: BTreeSet<Arc<str>>,
    /// Members of the generation that did not send SyncGroup yet.
    pub pending_sync: BTreeSet<Arc<str>>,
    /// A member came during the initial delay.
    pub new_member_added: bool,
    /// The initial delay while it runs.
    pub initial_delay: Option<InitialDelay>,
}

impl ClassicGroup {
    /// An empty group.
    pub fn new(id: Arc<str>, now_ms: Option<i64>) -> ClassicGroup {
        ClassicGroup {
            id,
            state: State::Empty,
            initial: false,
            state_since_ms: now_ms,
            protocol_type: None,
            protocol: None,
            generation: 0,
            leader: None,
            members: Members::default(),
            pending_join: BTreeSet::new(),
            pending_sync: BTreeSet::new(),
            new_member_added: false,
            initial_delay: None,
        }
    }

    /// Whether `id` leads.
    pub fn is_leader(&self, id: &str) -> bool {
        self.leader.as_deref() == Some(id)
    }

    /// Whether nobody has to be waited for.
    pub fn all_members_joined(&self) -> bool {
        self.members.len() == self.members.awaiting_join() && self.pending_join.is_empty()
    }

    /// Whether its members are ordinary consumers.
    pub fn is_consumer(&self) -> bool {
        self.protocol_type.as_deref() == Some(CONSUMER_PROTOCOL_TYPE)
    }

    /// Whether a member with these protocols may join (`ClassicGroup.supportsProtocols`).
    pub fn supports(&self, protocol_type: &str, protocols: &[Protocol]) -> bool {
        if self.state == State::Empty {
            !protocol_type.is_empty() && !protocols.is_empty()
        } else {
            self.protocol_type.as_deref() == Some(protocol_type)
                && protocols.iter().any(|p| self.members.all_support(&p.name))
        }
    }

    /// Checks that a request comes from a member, and from the present holder of its instance id.
    ///
    /// # Errors
    /// [`GroupError::UnknownMemberId`] or [`GroupError::FencedInstanceId`].
    pub fn validate_member(&self, id: &str, instance_id: Option<&str>) -> Result<(), GroupError> {
        if let Some(instance) = instance_id {
            let holder = self
                .members
                .static_id(instance)
                .ok_or(GroupError::UnknownMemberId)?;
            if &**holder != id {
                return Err(GroupError::FencedInstanceId);
            }
        }
        match self.members.get(id) {
            Some(_) => Ok(()),
            None => Err(GroupError::UnknownMemberId),
        }
    }

    /// Adds a member; the first one sets the protocol type and leads.
    pub fn add(&mut self, member: Member, protocol_type: &str) {
        if self.members.is_empty() {
            self.protocol_type = Some(protocol_type.to_owned());
        }
        self.leader.get_or_insert_with(|| member.id.clone());
        self.pending_join.remove(&member.id);
        self.members.insert(member);
    }

    /// Removes a member or pending member; another one leads if it led. Gives back the member.
    pub fn remove(&mut self, id: &str) -> Option<Member> {
        let member = self.members.remove(id);
        if self.is_leader(id) {
            self.leader = self.members.iter().next().map(|m| m.id.clone());
        }
        self.pending_join.remove(id);
        self.pending_sync.remove(id);
        member
    }

    /// Makes sure that the leader has joined; `false` when nobody has.
    pub fn elect_joined_leader(&mut self) -> bool {
        let Some(leader) = &self.leader else {
            return false;
        };
        if self.members.get(leader).is_some_and(Member::is_awaiting_join) {
            return true;
        }
        match self.members.iter().find(|m| m.is_awaiting_join()) {
            Some(joined) => {
                self.leader = Some(joined.id.clone());
                true
            }
            None => false,
        }
    }

    /// All members with their metadata for the chosen protocol, as the leader gets them.
    pub fn joined_members(&self) -> Vec<JoinedMember> {
        let members = self.members.iter().map(|m| JoinedMember {
            member_id: m.id.to_string(),
            instance_id: m.instance_id.clone(),
            metadata: m.metadata(self.protocol.as_deref()),
        });
        members.collect()
    }

    /// The group as a log record.
    pub fn record(&self) -> GroupRecord {
        GroupRecord::Group {
            group: self.id.to_string(),
            value: Some(GroupMetadataValue {
                protocol_type: self.protocol_type.clone().unwrap_or_default(),
                generation: self.generation,
                protocol: self.protocol.clone(),
                leader: self.leader.as_deref().map(str::to_owned),
                current_state_timestamp: self.state_since_ms.unwrap_or(-1),
                members: self.members.iter().map(|m| self.member_record(m)).collect(),
            }),
        }
    }

    fn member_record(&self, m: &Member) -> MemberMetadata {
        MemberMetadata {
            member_id: m.id.to_string(),
            group_instance_id: m.instance_id.clone(),
            client_id: m.client_id.clone(),
            client_host: m.client_host.clone(),
            rebalance_timeout: m.rebalance_timeout_ms,
            session_timeout: m.session_timeout_ms,
            subscription: m.metadata(self.protocol.as_deref()),
            assignment: m.assignment.clone(),
        }
    }

    /// Applies a record of this group, at load or just appended. Members that are live keep what is soft.
    pub fn replay(&mut self, value: GroupMetadataValue) {
        if self.state == State::PreparingRebalance && value.generation == self.generation {
            // The record that only makes a new group known: what is live is already further.
            return;
        }
        let listed: BTreeSet<&str> = value.members.iter().map(|m| m.member_id.as_str()).collect();
        for id in self.members.ids() {
            if !listed.contains(&*id) {
                self.members.remove(&id);
            }
        }
        let protocol = value.protocol.clone().unwrap_or_default();
        for member in value.members {
            self.replay_member(member, &protocol);
        }
        self.state = if self.members.is_empty() {
            State::Empty
        } else {
            State::Stable
        };
        self.initial = false;
        self.state_since_ms = (value.current_state_timestamp != -1).then_some(value.current_state_timestamp);
        self.protocol_type = (!value.protocol_type.is_empty()).then_some(value.protocol_type);
        self.protocol = value.protocol;
        self.generation = value.generation;
        self.leader = value.leader.map(Arc::from);
        if self.leader.is_none() {
            self.leader = self.members.iter().next().map(|m| m.id.clone());
        }
    }

    fn replay_member(&mut self, record: MemberMetadata, protocol: &str) {
        let mut member = self.members.remove(&record.member_id).unwrap_or_else(|| {
            let id = Arc::from(record.member_id.as_str());
            Member::new(id, None, String::new(), String::new())
        });
        member.instance_id = record.group_instance_id;
        member.client_id = record.client_id;
        member.client_host = record.client_host;
        member.session_timeout_ms = record.session_timeout;
        member.rebalance_timeout_ms = if record.rebalance_timeout == -1 {
            record.session_timeout
        } else {
            record.rebalance_timeout
        };
        if !member
            .protocols
            .iter()
            .any(|p| p.name == protocol && p.metadata == record.subscription)
        {
            // Only the chosen protocol is logged; the next join brings the others back.
            member.protocols = vec![Protocol {
                name: protocol.to_owned(),
                metadata: record.subscription,
            }];
        }
        member.assignment = record.assignment;
        self.members.insert(member);
    }
}
