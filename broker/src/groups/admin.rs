//! Listing, describing and deleting groups.

use std::collections::HashSet;

use super::classic::{CONSUMER_PROTOCOL_TYPE, ClassicGroup, State};
use super::consumer::tombstones;
use super::effects::Scene;
use super::group::Group;
use super::offsets::{Offsets, tombstone};
use super::types::{DescribedGroup, DescribedMember, GroupError, ListedGroup};
use crate::records::groups::GroupRecord;

/// The filters of ListGroups; empty ones let all groups pass.
#[derive(Debug, Default)]
pub struct Filters {
    states: HashSet<String>,
    kinds: HashSet<String>,
}

impl Filters {
    /// Filters by names of states and kinds, in whatever case.
    pub fn new(states: &[String], kinds: &[String]) -> Filters {
        Filters {
            states: states.iter().map(|s| s.trim().to_ascii_lowercase()).collect(),
            kinds: kinds.iter().map(|kind| kind.to_ascii_lowercase()).collect(),
        }
    }

    /// Whether a group passes.
    pub fn pass(&self, group: &Group) -> bool {
        let has = |names: &HashSet<String>, name: &str| {
            names.is_empty() || names.contains(&name.to_ascii_lowercase())
        };
        has(&self.states, group.state()) && has(&self.kinds, group.kind())
    }
}

/// The group's row in the list.
pub fn list(id: &str, group: &Group) -> ListedGroup {
    ListedGroup {
        group: id.to_owned(),
        protocol_type: match group {
            Group::Classic(group) => group.protocol_type.clone().unwrap_or_default(),
            Group::Consumer(_) => CONSUMER_PROTOCOL_TYPE.to_owned(),
        },
        state: group.state(),
        kind: group.kind(),
    }
}

/// A classic group in full; metadata of members only while the group is stable.
pub fn describe(group: &ClassicGroup) -> DescribedGroup {
    let protocol = group.protocol.as_deref().filter(|_| group.state == State::Stable);
    let members = group.members.iter().map(|m| DescribedMember {
        member_id: m.id.to_string(),
        instance_id: m.instance_id.clone(),
        client_id: m.client_id.clone(),
        client_host: m.client_host.clone(),
        metadata: m.metadata(protocol),
        assignment: m.assignment.clone(),
    });
    DescribedGroup {
        group: group.id.to_string(),
        state: group.state.name(),
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        protocol: protocol.unwrap_or_default().to_owned(),
        members: members.collect(),
    }
}

/// Decides the deletion of a group with all its offsets.
///
/// # Errors
/// [`GroupError::GroupIdNotFound`], or [`GroupError::NonEmptyGroup`] while it has members.
pub fn delete(
    id: &str,
    group: Option<&Group>,
    offsets: Option<&Offsets>,
    scene: &mut Scene<'_>,
) -> Result<(), GroupError> {
    let group = group.ok_or(GroupError::GroupIdNotFound)?;
    if !group.is_empty() {
        return Err(GroupError::NonEmptyGroup);
    }
    for (topic, commits) in offsets.into_iter().flatten() {
        let gone = commits.keys().map(|partition| tombstone(id, topic, *partition));
        scene.effects.records.extend(gone);
    }
    remove_empty(id, group, scene);
    Ok(())
}

/// Tombstones of an empty group itself.
pub fn remove_empty(id: &str, group: &Group, scene: &mut Scene<'_>) {
    match group {
        Group::Classic(_) => scene.effects.records.push(GroupRecord::Group {
            group: id.to_owned(),
            value: None,
        }),
        Group::Consumer(group) => tombstones(group, scene, &[]),
    }
}
