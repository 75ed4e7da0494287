//! Deciding on removals (Kafka: `ControllerApis.deleteTopics`).

use std::collections::HashMap;

use uuid::Uuid;

use super::error::{TopicError, TopicErrorKind as Kind};
use super::request::{DeleteResult, Terms, TopicRef};
use super::state::MetadataState;
use crate::records::metadata::MetadataRecord;

/// Decides which of the topics can be removed.
///
/// A name or an id that stands twice, or a name and an id of one topic, removes nothing.
pub fn delete_topics(
    state: &MetadataState,
    topics: &[TopicRef],
    terms: Terms<'_>,
) -> (Vec<MetadataRecord>, Vec<DeleteResult>) {
    let mut times: HashMap<(Option<&str>, Uuid), usize> = HashMap::new();
    let mut names_of: HashMap<Uuid, usize> = HashMap::new();
    for topic in topics.iter().filter(|topic| topic.is_clear()) {
        *times.entry((topic.name.as_deref(), topic.id)).or_default() += 1;
    }
    if terms.too_late && times.values().any(|times| *times == 1) {
        return (Vec::new(), topics.iter().map(too_late).collect());
    }
    for (name, id) in times.keys() {
        let resolved = match name {
            Some(name) => state.names.get(*name).copied(),
            None => Some(*id),
        };
        if let Some(id) = resolved {
            *names_of.entry(id).or_default() += 1;
        }
    }
    let mut records = Vec::new();
    let mut results = Vec::with_capacity(times.len());
    for topic in topics {
        let name = topic.name.as_deref();
        let seen = match topic.is_clear() {
            true => times.remove(&(name, topic.id)),
            false => Some(1),
        };
        let Some(seen) = seen else {
            continue;
        };
        let named_too = |id: &Uuid| seen == 1 && names_of.get(id).is_some_and(|n| *n > 1);
        if name.is_none() && state.topics.contains_key(&topic.id) && named_too(&topic.id) {
            // The answer to its name tells.
            continue;
        }
        let found = resolve(state, name, topic.id, seen, &names_of);
        let found = found.and_then(|(name, id)| {
            let partitions = state.topics.get(&id).map_or(0, |topic| topic.partitions.len());
            match (terms.admit)(partitions) {
                true => Ok((name, id)),
                false => Err(TopicError::quota_exceeded()),
            }
        });
        match &found {
            Ok((_, id)) => records.push(MetadataRecord::RemoveTopic { id: *id }),
            Err(error) => tracing::debug!(?topic, %error, "topic not removed"),
        }
        results.push(match found {
            Ok((name, id)) => DeleteResult {
                name: Some(name),
                id,
                result: Ok(()),
            },
            Err(error) => DeleteResult {
                name: topic.name.clone(),
                id: match name.and_then(|name| state.names.get(name)) {
                    Some(id) if named_too(id) => *id,
                    _ => topic.id,
                },
                result: Err(error),
            },
        });
    }
    (records, results)
}

fn too_late(topic: &TopicRef) -> DeleteResult {
    DeleteResult {
        name: topic.name.clone(),
        id: topic.id,
        result: Err(TopicError::timed_out()),
    }
}

fn resolve(
    state: &MetadataState,
    name: Option<&str>,
    id: Uuid,
    times: usize,
    names_of: &HashMap<Uuid, usize>,
) -> Result<(String, Uuid), TopicError> {
    let refuse = |text: &str| Err(TopicError::new(Kind::InvalidRequest, text));
    match name {
        None if id.is_nil() => refuse("Neither topic name nor id were specified."),
        Some(_) if !id.is_nil() => refuse("You may not specify both topic name and topic id."),
        None if times > 1 => refuse("Duplicate topic id."),
        Some(_) if times > 1 => refuse("Duplicate topic name."),
        None => match state.topics.get(&id) {
            Some(topic) => Ok((topic.name.to_string(), id)),
            None => Err(TopicError::unknown_topic_id()),
        },
        Some(name) => match state.names.get(name) {
            Some(id) if names_of.get(id).is_some_and(|n| *n > 1) => {
                refuse("The provided topic name maps to an ID that was already supplied.")
            }
            Some(id) => Ok((name.to_owned(), *id)),
            None => Err(TopicError::unknown_topic()),
        },
    }
}
