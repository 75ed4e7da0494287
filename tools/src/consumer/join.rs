//! Joining the group (classic protocol, eager): give everything up, join, as leader hand the partitions out, take what
//! is given.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use protocol_shim::messages::join_group_request::JoinGroupRequestProtocol;
use protocol_shim::messages::sync_group_request::SyncGroupRequestAssignment;
use protocol_shim::messages::{GroupId, JoinGroupRequest, JoinGroupResponse, SyncGroupRequest};
use protocol_shim::{ErrorCode, StrBytes};

use super::assign::Strategy;
use super::group::Asked;
use super::poll::{Consumer, Subscription};
use super::protocol::{Assignment, Subscribed, decode_assignment, encode_assignment};
use crate::ask::Pending;
use crate::client::ClientError;

/// The kind of group that consumers form.
const CONSUMER: &str = "consumer";
/// A coordinator may answer this much later than the rebalance's timeout.
const LATE: Duration = Duration::from_secs(5);
/// Its answer is waited for in steps of so much.
const STEP: Duration = Duration::from_millis(100);

impl Consumer {
    /// Joins when that is needed. Returns with or without success, soon in any case: an answer that is to come is waited
    /// for again the next time, and errors that pass are tried again.
    pub(super) fn join(&mut self) -> Result<(), ClientError> {
        match self.member.asked.take() {
            Some(Asked::Join(pending)) => return self.await_join(pending),
            Some(Asked::Sync(pending)) => return self.await_sync(pending),
            None => {}
        }
        let has_changed = self.member.is_leader && self.counts() != self.member.counts;
        if !self.member.must_join && !has_changed {
            return Ok(());
        }
        if self.config.auto_commit && self.member.generation >= 0 {
            self.commit()?;
        }
        self.release();
        self.member.must_join = true;
        self.ask_to_join()
    }

    fn await_join(&mut self, pending: Pending) -> Result<(), ClientError> {
        let answer = match self.client.answer::<JoinGroupRequest>(pending, STEP) {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                self.member.asked = Some(Asked::Join(pending));
                return Ok(());
            }
            Err(error) => return self.coordinator_said(error),
        };
        match ClientError::of(answer.error_code, None) {
            None => self.joined(&answer),
            Some(error) if error.is(ErrorCode::MemberIdRequired) => {
                self.member.id = answer.member_id.to_string();
                self.ask_to_join()
            }
            Some(error) => self.coordinator_said(error),
        }
    }

    fn joined(&mut self, joined: &JoinGroupResponse) -> Result<(), ClientError> {
        self.member.generation = joined.generation_id;
        self.member.id = joined.member_id.to_string();
        self.member.protocol = joined.protocol_name.as_deref().unwrap_or_default().to_owned();
        self.member.is_leader = joined.leader == joined.member_id && !joined.skip_assignment;
        let assignments = match self.member.is_leader {
            true => self.hand_out(joined),
            false => Vec::new(),
        };
        self.sync(assignments)
    }

    /// Gives up what was assigned.
    fn release(&mut self) {
        if !self.positions.is_empty() {
            self.idle_since = Some(crate::env::now());
        }
        self.positions.clear();
        self.looked_up.clear();
        self.resets.clear();
        self.read_to.clear();
        self.fetched.clear();
    }

    fn ask_to_join(&mut self) -> Result<(), ClientError> {
        let topics = match &self.subscription {
            Subscription::Topics(names) => names.clone(),
            _ => self.topics.keys().cloned().collect(),
        };
        let metadata = Subscribed {
            topics,
            owned: Assignment::new(),
            generation: self.member.generation,
            rack: self.config.rack.clone(),
        };
        let metadata = metadata.encode();
        let protocol = |strategy: &Strategy| {
            JoinGroupRequestProtocol::default()
                .with_name(StrBytes::from_static_str(strategy.name()))
                .with_metadata(metadata.clone())
        };
        let request = JoinGroupRequest::default()
            .with_group_id(self.group())
            .with_session_timeout_ms(self.config.session_timeout_ms)
            .with_rebalance_timeout_ms(self.config.rebalance_timeout_ms)
            .with_member_id(StrBytes::from_string(self.member.id.clone()))
            .with_group_instance_id(self.config.instance_id.clone().map(StrBytes::from_string))
            .with_protocol_type(StrBytes::from_static_str(CONSUMER))
            .with_protocols(self.config.strategies.iter().map(protocol).collect());
        let to = self.coordinator()?;
        let deadline = self.answered_by();
        match self.client.send(to, i16::MAX, deadline, request) {
            Ok(pending) => self.await_join(pending),
            Err(error) => self.coordinator_said(error),
        }
    }

    /// When an answer has come for certain that waits for the other members.
    fn answered_by(&self) -> Instant {
        let rebalance = u64::try_from(self.config.rebalance_timeout_ms).unwrap_or_default();
        let wait = Duration::from_millis(rebalance) + LATE;
        crate::env::now() + wait.max(self.client.config.request_timeout)
    }

    fn hand_out(&mut self, joined: &JoinGroupResponse) -> Vec<SyncGroupRequestAssignment> {
        let members: BTreeMap<String, Subscribed> = joined
            .members
            .iter()
            .map(|member| {
                let subscribed = Subscribed::decode(member.metadata.clone()).unwrap_or_default();
                (member.member_id.to_string(), subscribed)
            })
            .collect();
        self.learn_topics_of(&members);
        self.member.counts = self.counts();
        let strategy = Strategy::of_name(&self.member.protocol).unwrap_or(Strategy::Range);
        let assigned = strategy.assign(&members, &self.group_counts);
        let row = |(id, assignment): (String, Assignment)| {
            SyncGroupRequestAssignment::default()
                .with_member_id(StrBytes::from_string(id))
                .with_assignment(encode_assignment(&assignment))
        };
        assigned.into_iter().map(row).collect()
    }

    /// Others may want topics that this member does not.
    fn learn_topics_of(&mut self, members: &BTreeMap<String, Subscribed>) {
        self.group_counts = self.counts();
        let mut missing: Vec<String> = members
            .values()
            .flat_map(|member| member.topics.clone())
            .collect();
        missing.sort_unstable();
        missing.dedup();
        missing.retain(|topic| !self.group_counts.contains_key(topic));
        if missing.is_empty() {
            return;
        }
        // Without an answer their partitions stay with nobody until the next rebalance.
        if let Ok(answer) = self.client.metadata("metadata", Some(&missing)) {
            for topic in answer.topics.iter().filter(|topic| topic.error_code == 0) {
                let name = topic
                    .name
                    .as_ref()
                    .map(|name| name.0.to_string())
                    .unwrap_or_default();
                self.group_counts.insert(name, topic.partitions.len() as i32);
            }
        }
    }

    fn sync(&mut self, assignments: Vec<SyncGroupRequestAssignment>) -> Result<(), ClientError> {
        let request = SyncGroupRequest::default()
            .with_group_id(self.group())
            .with_generation_id(self.member.generation)
            .with_member_id(StrBytes::from_string(self.member.id.clone()))
            .with_group_instance_id(self.config.instance_id.clone().map(StrBytes::from_string))
            .with_protocol_type(Some(StrBytes::from_static_str(CONSUMER)))
            .with_protocol_name(Some(StrBytes::from_string(self.member.protocol.clone())))
            .with_assignments(assignments);
        let to = self.coordinator()?;
        let deadline = self.answered_by();
        match self.client.send(to, i16::MAX, deadline, request) {
            Ok(pending) => self.await_sync(pending),
            Err(error) => self.coordinator_said(error),
        }
    }

    fn await_sync(&mut self, pending: Pending) -> Result<(), ClientError> {
        let answer = match self.client.answer::<SyncGroupRequest>(pending, STEP) {
            Ok(Some(answer)) => answer,
            Ok(None) => {
                self.member.asked = Some(Asked::Sync(pending));
                return Ok(());
            }
            Err(error) => return self.coordinator_said(error),
        };
        if let Some(error) = ClientError::of(answer.error_code, None) {
            return self.coordinator_said(error);
        }
        let assigned = decode_assignment(answer.assignment).unwrap_or_default();
        for (topic, partitions) in assigned {
            for partition in partitions {
                self.positions.insert((topic.clone(), partition), None);
            }
        }
        if !self.positions.is_empty()
            && let Some(since) = self.idle_since.take()
        {
            self.rebalanced += crate::env::now().saturating_duration_since(since);
        }
        self.member.must_join = false;
        self.member.heard_at = crate::env::now();
        self.committed_at = crate::env::now();
        if self.lacks_topics() {
            self.topics_at = None;
        }
        Ok(())
    }

    fn group(&self) -> GroupId {
        GroupId(StrBytes::from_string(self.config.group_id.clone()))
    }
}
