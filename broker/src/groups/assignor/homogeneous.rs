//! The uniform assignor for members that all subscribe to the same (`UniformHomogeneousAssignmentBuilder`).
//!
//! Every member keeps what it has up to its quota; what is over, and what nobody had, goes to those below theirs.

use std::collections::BTreeSet;
use std::sync::Arc;

use uuid::Uuid;

use super::java_order::{copied, grown, sort_by_bucket, uuid_hash};
use super::spec::{AssignorError, GroupAssignment, GroupSpec, MemberSpec};
use crate::groups::consumer::Assignment;

struct Builder<'a> {
    spec: &'a GroupSpec,
    topics: BTreeSet<Uuid>,
    quota: usize,
    /// Members that may have one partition more than the quota.
    extra: usize,
    unassigned: Vec<(Uuid, i32)>,
    unfilled: Vec<(Arc<str>, usize)>,
    result: GroupAssignment,
}

/// Computes the assignment.
///
/// # Errors
/// [`AssignorError::LeftUnassigned`].
pub fn homogeneous(spec: &GroupSpec) -> Result<GroupAssignment, AssignorError> {
    let Some(first) = spec.members.first().filter(|first| !first.topics.is_empty()) else {
        return Ok(GroupAssignment::new());
    };
    let mut topics = first.topics.clone();
    sort_by_bucket(&mut topics, copied(first.names), |id| uuid_hash(*id));
    let mut unassigned = Vec::new();
    let mut total = 0;
    for topic in &topics {
        let size = spec.size(*topic);
        let free = (0..size).filter(|p| !spec.taken.contains(&(*topic, *p)));
        unassigned.extend(free.map(|p| (*topic, p)));
        total += usize::try_from(size).unwrap_or(0);
    }
    let mut builder = Builder {
        spec,
        topics: topics.into_iter().collect(),
        quota: total / spec.members.len(),
        extra: total % spec.members.len(),
        unassigned,
        unfilled: Vec::new(),
        result: GroupAssignment::new(),
    };
    builder.revoke();
    builder.assign_rest()?;
    Ok(builder.result)
}

impl Builder<'_> {
    fn revoke(&mut self) {
        let count = self.spec.members.len();
        for (at, member) in self.spec.members.iter().enumerate() {
            let mut has_extra = self.extra > 0;
            let mut quota = self.quota + usize::from(has_extra);
            let kept = self.keep(member, &mut quota);
            if quota > 0 && has_extra && count - at > self.extra {
                // Enough members are left to take the extra partitions.
                quota -= 1;
                has_extra = false;
            }
            if quota > 0 {
                self.unfilled.push((member.id.clone(), quota));
            }
            self.extra -= usize::from(has_extra);
            self.result.insert(member.id.clone(), kept);
        }
    }

    /// What a member keeps of what it had, in Java's order of iteration; the quota shrinks by it.
    fn keep(&mut self, member: &MemberSpec, quota: &mut usize) -> Assignment {
        let mut had: Vec<_> = member.assigned.iter().collect();
        sort_by_bucket(&mut had, grown(member.assigned.len()), |(id, _)| uuid_hash(**id));
        let mut kept = Assignment::new();
        for (topic, partitions) in had {
            if !self.topics.contains(topic) {
                continue;
            }
            let mut order: Vec<i32> = partitions.iter().copied().collect();
            sort_by_bucket(&mut order, copied(partitions.len()), |p| *p);
            let stay = order.len().min(*quota);
            let gone = order.split_off(stay);
            *quota -= stay;
            self.unassigned.extend(gone.into_iter().map(|p| (*topic, p)));
            if !order.is_empty() {
                kept.insert(*topic, order.into_iter().collect());
            }
        }
        kept
    }

    fn assign_rest(&mut self) -> Result<(), AssignorError> {
        let mut rest = self.unassigned.iter();
        for (id, quota) in &self.unfilled {
            let assignment = self.result.entry(id.clone()).or_default();
            for (topic, partition) in rest.by_ref().take(*quota) {
                assignment.entry(*topic).or_default().insert(*partition);
            }
        }
        match rest.next() {
            None => Ok(()),
            Some(_) => Err(AssignorError::LeftUnassigned),
        }
    }
}
