//! Listing, describing and deleting groups.

use super::group::{Group, State};
use super::offsets::tombstone;
use super::types::{DescribedGroup, DescribedMember, GroupError, ListedGroup};
use crate::records::groups::GroupRecord;

/// The type of all groups here, as Kafka writes it.
const CLASSIC: &str = "classic";

/// Whether a group passes the filters of ListGroups; empty filters let all pass.
pub fn passes(group: &Group, states: &[String], types: &[String]) -> bool {
    let state = group.state.name();
    (states.is_empty() || states.iter().any(|s| s.trim().eq_ignore_ascii_case(state)))
        && (types.is_empty() || types.iter().any(|t| t.eq_ignore_ascii_case(CLASSIC)))
}

/// The group's row in the list.
pub fn list(group: &Group) -> ListedGroup {
    ListedGroup {
        group: group.id.to_string(),
        protocol_type: group.protocol_type.clone().unwrap_or_default(),
        state: group.state.name(),
        kind: CLASSIC,
    }
}

/// The group in full; metadata of members only while the group is stable.
pub fn describe(group: &Group) -> DescribedGroup {
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
pub fn delete(group: Option<&Group>, records: &mut Vec<GroupRecord>) -> Result<(), GroupError> {
    let group = group.ok_or(GroupError::GroupIdNotFound)?;
    if group.state != State::Empty {
        return Err(GroupError::NonEmptyGroup);
    }
    for (topic, commits) in &group.offsets {
        records.extend(
            commits
                .keys()
                .map(|partition| tombstone(group, topic, *partition)),
        );
    }
    records.push(GroupRecord::Group {
        group: group.id.to_string(),
        value: None,
    });
    Ok(())
}
