//! What an assignor is given: members, what they subscribe to and had, and the topics' sizes.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use uuid::Uuid;

use super::java_order::{grown, sort_by_bucket};
use crate::coordinator::string_hash;
use crate::groups::consumer::{Assignment, SubscriptionKind};

/// A member as assignors see it.
#[derive(Clone, Debug)]
pub struct MemberSpec {
    /// Member id.
    pub id: Arc<str>,
    /// `group.instance.id`.
    pub instance_id: Option<String>,
    /// Topics that it subscribes to and that exist, in the order of Java's iteration over their names.
    pub topics: Vec<Uuid>,
    /// Names that it subscribes to, topics that do not exist included.
    pub names: usize,
    /// Its part of the present target assignment.
    pub assigned: Assignment,
}

/// A group as assignors see it.
#[derive(Clone, Debug)]
pub struct GroupSpec {
    /// Members, in the order of Java's iteration over their ids.
    pub members: Vec<MemberSpec>,
    /// Whether all subscribe to the same.
    pub kind: SubscriptionKind,
    /// Partitions of the present target assignment, whoever has them.
    pub taken: HashSet<(Uuid, i32)>,
    /// Number of partitions of every subscribed topic.
    pub sizes: HashMap<Uuid, i32>,
}

/// The outcome by member id; members that get nothing may be missing.
pub type GroupAssignment = BTreeMap<Arc<str>, Assignment>;

/// Why an assignor gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AssignorError {
    /// More partitions than the members may take: the target assignment contradicts itself.
    #[error("Partitions were left unassigned")]
    LeftUnassigned,
}

impl GroupSpec {
    /// Sorts members that come in the order in which they were put into the table.
    pub fn sort_members(members: &mut [MemberSpec]) {
        let buckets = grown(members.len());
        sort_by_bucket(members, buckets, |member| string_hash(&member.id));
    }

    /// Number of partitions of a subscribed topic.
    pub fn size(&self, topic: Uuid) -> i32 {
        self.sizes.get(&topic).copied().unwrap_or(0)
    }
}
