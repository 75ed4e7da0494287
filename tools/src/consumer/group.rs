//! Being a member: the coordinator, heartbeats, leaving, and what its errors mean.

use protocol_shim::messages::leave_group_request::MemberIdentity;
use protocol_shim::messages::{GroupId, HeartbeatRequest, LeaveGroupRequest};
use protocol_shim::{ErrorCode, StrBytes};

use super::poll::Consumer;
use crate::ask::{Coordinator, Pending};
use crate::client::{ClientError, To};

/// First LeaveGroup with several members.
const MANY_MEMBERS: i16 = 3;
/// First LeaveGroup that takes a reason.
const REASON: i16 = 5;

/// What a member that joins has asked its coordinator for; both are answered when the others have done their part.
#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Join(Pending),
    Sync(Pending),
}

/// Who the consumer is in its group.
#[derive(Clone, Debug)]
pub(super) struct Member {
    /// Given by the coordinator; empty before.
    pub id: String,
    /// -1 outside.
    pub generation: i32,
    /// It has to join (again).
    pub must_join: bool,
    /// Whose answer is to come.
    pub asked: Option<Asked>,
    /// The protocol that the group agreed on.
    pub protocol: String,
    /// It hands the partitions out.
    pub is_leader: bool,
    /// The partition counts that it handed out.
    pub counts: std::collections::BTreeMap<String, i32>,
    pub coordinator: Option<i32>,
    pub heard_at: std::time::Instant,
}

impl Member {
    pub(super) fn new() -> Member {
        Member {
            id: String::new(),
            generation: -1,
            must_join: true,
            asked: None,
            protocol: String::new(),
            is_leader: false,
            counts: std::collections::BTreeMap::new(),
            coordinator: None,
            heard_at: crate::env::now(),
        }
    }
}

impl Consumer {
    /// The group's coordinator.
    pub(super) fn coordinator(&mut self) -> Result<To, ClientError> {
        if let Some(id) = self.member.coordinator {
            return Ok(To::Node(id));
        }
        let node = self
            .client
            .coordinator(Coordinator::Group, &self.config.group_id)?;
        self.member.coordinator = Some(node.id);
        Ok(To::Node(node.id))
    }

    /// Says that the member is alive, when that is due.
    pub(super) fn heartbeat(&mut self) -> Result<(), ClientError> {
        let silent = crate::env::now().saturating_duration_since(self.member.heard_at);
        if self.member.must_join || silent < self.config.heartbeat_interval {
            return Ok(());
        }
        let request = HeartbeatRequest::default()
            .with_group_id(GroupId(StrBytes::from_string(self.config.group_id.clone())))
            .with_generation_id(self.member.generation)
            .with_member_id(StrBytes::from_string(self.member.id.clone()))
            .with_group_instance_id(self.config.instance_id.clone().map(StrBytes::from_string));
        let to = self.coordinator()?;
        self.member.heard_at = crate::env::now();
        let wait = self.client.config.request_timeout;
        let said = match self.client.ask(to, i16::MAX, wait, request) {
            Ok(answer) => ClientError::of(answer.error_code, None),
            Err(error) => Some(error),
        };
        said.map_or(Ok(()), |error| self.coordinator_said(error))
    }

    /// What an error of the coordinator means: join again, look for it again, or give up.
    pub(super) fn coordinator_said(&mut self, error: ClientError) -> Result<(), ClientError> {
        match error.code {
            Some(ErrorCode::RebalanceInProgress) => self.member.must_join = true,
            Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => {
                // Others may have the partitions by now: how far they were read here is theirs to say.
                self.read_to.clear();
                self.member.generation = -1;
                if error.is(ErrorCode::UnknownMemberId) {
                    self.member.id.clear();
                }
                self.member.must_join = true;
            }
            Some(
                ErrorCode::NotCoordinator | ErrorCode::CoordinatorNotAvailable | ErrorCode::NetworkException,
            ) => {
                self.member.coordinator = None;
                std::thread::sleep(self.config.retry_backoff);
            }
            Some(code) if code.is_retriable() => std::thread::sleep(self.config.retry_backoff),
            _ => return Err(error),
        }
        Ok(())
    }

    /// Commits and leaves the group; a static member stays until its session ends.
    pub(crate) fn close(&mut self) {
        if !self.is_member() || self.member.id.is_empty() {
            return;
        }
        if let (Some(_), Some(id)) = (self.member.asked.take(), self.member.coordinator) {
            // The answer that did not come holds up what is asked behind it: another connection gets past.
            self.client.drop_link(To::Node(id));
        }
        if self.config.auto_commit && !self.member.must_join {
            // Whoever reads on reads this again: nothing more can be done about it now.
            let _ = self.commit();
        }
        if self.config.instance_id.is_some() {
            return;
        }
        let id = StrBytes::from_string(self.member.id.clone());
        let group = GroupId(StrBytes::from_string(self.config.group_id.clone()));
        self.client.until = Some(crate::env::now() + self.config.retry_backoff * 10);
        let Ok(to) = self.coordinator() else {
            return;
        };
        // It would be noticed anyway, when the session ends.
        let _ = self.client.call("leaveGroup", to, |version| {
            let request = LeaveGroupRequest::default().with_group_id(group.clone());
            if version < MANY_MEMBERS {
                return request.with_member_id(id.clone());
            }
            let mut member = MemberIdentity::default().with_member_id(id.clone());
            if version >= REASON {
                member.reason = Some(StrBytes::from_static_str("the consumer is being closed"));
            }
            request.with_members(vec![member])
        });
    }
}
