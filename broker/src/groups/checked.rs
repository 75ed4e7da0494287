//! What of a commit names partitions that are there.

use super::types::{CommitPartition, CommitTopic};
use crate::topics::Topic;

/// A topic's entry of a commit.
#[derive(Debug)]
pub struct CheckedTopic {
    /// What can be committed; `None` when there is nothing.
    pub commit: Option<CommitTopic>,
    /// Partitions that are not there. Of an unknown topic they are told when there are none, too.
    pub missing: Option<Vec<i32>>,
}

impl CheckedTopic {
    /// An entry for this topic, which may be unknown.
    pub fn of(known: Option<&Topic>, partitions: impl Iterator<Item = CommitPartition>) -> CheckedTopic {
        let exists = |index: i32| known.is_some_and(|topic| topic.partition(index).is_some());
        let (there, missing): (Vec<CommitPartition>, Vec<_>) = partitions.partition(|p| exists(p.index));
        let commit = known.filter(|_| !there.is_empty()).map(|known| CommitTopic {
            name: known.name.to_string(),
            id: known.id,
            partitions: there,
        });
        let is_told = known.is_none() || !missing.is_empty();
        CheckedTopic {
            commit,
            missing: is_told.then(|| missing.iter().map(|p| p.index).collect()),
        }
    }
}
