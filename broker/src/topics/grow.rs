//! Deciding on more partitions (Kafka: `ReplicationControlManager.createPartitions`).

use std::collections::HashMap;

use super::error::{TopicError, TopicErrorKind as Kind};
use super::request::{Admit, GrowResult, MorePartitions};
use super::rules::{PARTITIONS_PER_REQUEST_MAX, Rules};
use super::state::MetadataState;
use crate::records::metadata::MetadataRecord;

/// Decides which topics can grow; duplicates are answered once.
pub fn create_partitions(
    state: &MetadataState,
    rules: &Rules<'_>,
    topics: &[MorePartitions],
    admit: Admit<'_>,
) -> (Vec<MetadataRecord>, Vec<GrowResult>) {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for topic in topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let mut records = Vec::new();
    let mut results = Vec::with_capacity(times.len());
    for topic in topics {
        let result = match times.remove(&*topic.name) {
            None => continue,
            Some(1) => grow(state, rules, topic, admit).map(|more| records.extend(more)),
            Some(_) => Err(TopicError::new(Kind::InvalidRequest, "Duplicate topic name.")),
        };
        results.push((topic.name.clone(), result));
    }
    (records, results)
}

fn grow(
    state: &MetadataState,
    rules: &Rules<'_>,
    wanted: &MorePartitions,
    admit: Admit<'_>,
) -> Result<Vec<MetadataRecord>, TopicError> {
    let topic = state
        .names
        .get(&*wanted.name)
        .and_then(|id| state.topics.get(id))
        .ok_or(TopicError::bare(Kind::UnknownTopic))?;
    let have = i32::try_from(topic.partitions.len()).unwrap_or(i32::MAX);
    if wanted.count == have {
        return Err(TopicError::new(
            Kind::InvalidPartitions,
            format!("Topic already has {have} partition(s)."),
        ));
    }
    if wanted.count < have {
        return Err(TopicError::new(
            Kind::InvalidPartitions,
            format!(
                "The topic {} currently has {have} partition(s); {} would not be an increase.",
                wanted.name, wanted.count
            ),
        ));
    }
    let additional = wanted.count - have;
    if let Some(given) = wanted.assignments.as_ref().map(Vec::len)
        && usize::try_from(additional) != Ok(given)
    {
        return Err(TopicError::new(
            Kind::InvalidAssignment,
            format!(
                "Attempted to add {additional} additional partition(s), but only {given} assignment(s) were specified."
            ),
        ));
    }
    if i64::from(additional) > PARTITIONS_PER_REQUEST_MAX {
        return Err(TopicError::new(
            Kind::PolicyViolation,
            "Unable to perform excessively large batch operation.",
        ));
    }
    if !admit(usize::try_from(additional).unwrap_or_default()) {
        return Err(TopicError::quota_exceeded());
    }
    let factor = topic.partitions.get(0).map_or(1, |p| p.placement.replicas.len());
    let asked = topic
        .wanted_replicas
        .and_then(|asked| usize::try_from(asked).ok());
    let asked = asked.unwrap_or(factor);
    (have..wanted.count)
        .enumerate()
        .map(|(nth, index)| {
            let replicas = match wanted.assignments.as_ref().and_then(|all| all.get(nth)) {
                Some(replicas) => {
                    rules.check_manual(state, replicas, Some(factor))?;
                    replicas.clone()
                }
                None => rules.place(state, usize::try_from(index).unwrap_or(0), asked, true)?,
            };
            Ok(MetadataRecord::Partition(
                rules.partition(state, topic.id, index, replicas),
            ))
        })
        .collect()
}
