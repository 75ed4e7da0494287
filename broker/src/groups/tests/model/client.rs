//! What a client of either protocol knows of itself.

use std::collections::BTreeSet;

use uuid::Uuid;

use super::embedded::{Plan, Sizes};

pub type Partition = (Uuid, i32);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// Wants to join.
    #[default]
    Out,
    /// Its JoinGroup is on its way.
    Joining,
    /// Has joined, or its SyncGroup is on its way.
    Syncing,
    /// Is a member.
    In,
}

#[derive(Clone, Debug, Default)]
pub struct Client {
    pub up: bool,
    /// Uses ConsumerGroupHeartbeat.
    pub newer: bool,
    /// A classic client that keeps its partitions while it joins again.
    pub cooperative: bool,
    pub instance: Option<String>,
    pub member_id: String,
    pub topics: Vec<String>,
    pub regex: String,
    /// Generation or member epoch.
    pub epoch: i32,
    /// What it reads from right now.
    pub owned: BTreeSet<Partition>,
    pub phase: Phase,
    /// The parked request, and since when.
    pub waiting: Option<(u64, i64)>,
    /// When it does the next thing.
    pub next_at: i64,
    pub paused_until: i64,
    /// What a leader will send with its SyncGroup.
    pub plan: Plan,
    /// The sizes of topics that a leader made its plan for; `None` when it does not lead.
    pub seen: Option<Sizes>,
    /// What the group wants a newer client to have.
    pub target: BTreeSet<Partition>,
    pub revoking_until: Option<i64>,
    /// A classic client has subscribed to something else since it joined.
    pub stale: bool,
    /// The next heartbeat says what it owns.
    pub tells: bool,
    /// The next heartbeat says everything, since an answer was lost or the subscription changed.
    pub full: bool,
}

impl Client {
    /// Who it is to others: a successor with the same instance id is the same.
    pub fn name(&self) -> &str {
        self.instance.as_deref().unwrap_or(&self.member_id)
    }

    /// It gives everything up and starts anew, with its member id if it may keep it.
    pub fn start_anew(&mut self, keeps_id: bool) {
        if !keeps_id {
            self.member_id.clear();
        }
        self.owned.clear();
        self.target.clear();
        self.revoking_until = None;
        self.epoch = if self.newer { 0 } else { -1 };
        self.phase = Phase::Out;
        self.waiting = None;
    }

    /// It is gone.
    pub fn stop(&mut self) {
        self.start_anew(false);
        self.up = false;
    }

    pub fn subscribes(&self, topic: &str) -> bool {
        self.topics.iter().any(|t| t == topic) || (self.regex == "t.*" && topic.starts_with('t'))
    }
}
