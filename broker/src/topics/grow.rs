//! Deciding on more partitions (Kafka: `ReplicationControlManager.createPartitions`).

use std::collections::HashMap;

use super::error::{TopicError, TopicErrorKind as Kind};
use super::placement::PARTITIONS_MAX;
use super::request::{GrowResult, MorePartitions, Terms};
use super::rules::{PARTITIONS_PER_REQUEST_MAX, Rules};
use super::state::MetadataState;
use crate::records::metadata::MetadataRecord;

/// Decides which topics can grow; duplicates are answered once. A topic whose partitions would be too many, with those
/// of the topics before it, does not grow at all.
pub fn create_partitions(
    state: &MetadataState,
    rules: &Rules<'_>,
    topics: &[MorePartitions],
    terms: Terms<'_>,
) -> (Vec<MetadataRecord>, Vec<GrowResult>) {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for topic in topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    if terms.too_late && times.values().any(|times| *times == 1) {
        let refused = topics
            .iter()
            .map(|t| (t.name.clone(), Err(TopicError::timed_out())));
        return (Vec::new(), refused.collect());
    }
    let mut records = Vec::new();
    let mut results = Vec::with_capacity(times.len());
    for topic in topics {
        let result = match times.remove(&*topic.name) {
            None => continue,
            Some(1) => grow(state, rules, topic, records.len(), terms).map(|more| records.extend(more)),
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
    added: usize,
    terms: Terms<'_>,
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
    let additional = usize::try_from(additional).unwrap_or_default();
    check_size(wanted.count, added + additional)?;
    if !(terms.admit)(additional) {
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

/// Kafka adds the partitions until its list of records is full, keeps those, and answers UNKNOWN_SERVER_ERROR.
fn check_size(count: i32, added: usize) -> Result<(), TopicError> {
    if added > PARTITIONS_PER_REQUEST_MAX {
        return Err(TopicError::too_many_partitions());
    }
    if usize::try_from(count).is_ok_and(|count| count > PARTITIONS_MAX) {
        let text = format!("A topic has at most {PARTITIONS_MAX} partitions.");
        return Err(TopicError::new(Kind::PolicyViolation, text));
    }
    Ok(())
}
