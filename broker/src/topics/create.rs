//! Deciding on new topics (Kafka: `ReplicationControlManager.createTopics`, `ControllerApis.createTopics`).

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use uuid::Uuid;

use super::error::{TopicError, TopicErrorKind as Kind};
use super::name::{self, CLUSTER_METADATA};
use super::request::{CreateResult, CreatedTopic, NewTopic, Terms};
use super::rules::{PARTITIONS_PER_REQUEST_MAX, Rules};
use super::state::{ConfigMap, MetadataState, ResourceKind};
use crate::config::TopicConfig;
use crate::records::metadata::MetadataRecord;

/// Decides which of the topics can be made. Pure: the state changes when the records are applied.
///
/// Topics come back in the order of the request, names that stand twice in it at the end.
pub fn create_topics(
    state: &MetadataState,
    rules: &Rules<'_>,
    topics: &[NewTopic],
    terms: Terms<'_>,
    new_id: &mut dyn FnMut() -> Uuid,
) -> (Vec<MetadataRecord>, Vec<CreateResult>) {
    let mut times: HashMap<&str, usize> = HashMap::new();
    for topic in topics {
        *times.entry(&topic.name).or_default() += 1;
    }
    let once: Vec<&NewTopic> = topics
        .iter()
        .filter(|t| times.get(&*t.name) == Some(&1) && t.name != CLUSTER_METADATA)
        .collect();
    if terms.too_late && !once.is_empty() {
        let refused = topics
            .iter()
            .map(|t| (t.name.clone(), Err(TopicError::timed_out())));
        return (Vec::new(), refused.collect());
    }
    let too_many = too_many_partitions(rules, &once);
    let mut records = Vec::new();
    let mut results: Vec<CreateResult> = Vec::with_capacity(times.len());
    for topic in once {
        let decided = match &too_many {
            Some(error) => Err(error.clone()),
            None => create_topic(state, rules, topic, terms, new_id),
        };
        let result = decided.map(|(created, of_topic)| {
            records.extend(of_topic);
            created
        });
        results.push((topic.name.clone(), result));
    }
    for topic in topics {
        let refused = match times.remove(&*topic.name) {
            Some(2..) => "Duplicate topic name.".to_owned(),
            Some(_) if topic.name == CLUSTER_METADATA => {
                format!("Creation of internal topic {CLUSTER_METADATA} is prohibited.")
            }
            _ => continue,
        };
        results.push((
            topic.name.clone(),
            Err(TopicError::new(Kind::InvalidRequest, refused)),
        ));
    }
    (records, results)
}

fn too_many_partitions(rules: &Rules<'_>, topics: &[&NewTopic]) -> Option<TopicError> {
    let wanted = |topic: &&NewTopic| match (topic.assignments.len(), topic.partitions) {
        (0, -1) => usize::try_from(rules.config.num_partitions).unwrap_or(0),
        (0, count) => usize::try_from(count).unwrap_or(0),
        (count, _) => count,
    };
    let total = topics.iter().map(wanted).fold(0, usize::saturating_add);
    (total > PARTITIONS_PER_REQUEST_MAX).then(TopicError::too_many_partitions)
}

fn create_topic(
    state: &MetadataState,
    rules: &Rules<'_>,
    topic: &NewTopic,
    terms: Terms<'_>,
    new_id: &mut dyn FnMut() -> Uuid,
) -> Result<(CreatedTopic, Vec<MetadataRecord>), TopicError> {
    check_name(state, &topic.name)?;
    let configs = check_configs(rules, topic)?;
    let (replicas, wanted) = match topic.assignments.is_empty() {
        false => (manual_replicas(state, rules, topic)?, 0),
        true => placed_replicas(state, rules, topic)?,
    };
    check_policy(rules, &topic.name, &replicas, &configs)?;
    if !(terms.admit)(replicas.len()) {
        return Err(TopicError::quota_exceeded());
    }
    let id = new_id();
    let created = CreatedTopic {
        id,
        partitions: i32::try_from(replicas.len()).unwrap_or(i32::MAX),
        replication_factor: replicas
            .first()
            .map_or(0, |r| i16::try_from(r.len()).unwrap_or(i16::MAX)),
        configs: Arc::new(configs),
    };
    let mut records = vec![MetadataRecord::Topic {
        name: topic.name.clone(),
        id,
        wanted_replicas: (wanted > created.replication_factor).then_some(wanted),
    }];
    records.extend(
        created
            .configs
            .iter()
            .map(|(name, value)| MetadataRecord::Config {
                resource_type: ResourceKind::TOPIC.0,
                resource_name: topic.name.clone(),
                name: name.clone(),
                value: Some(value.clone()),
            }),
    );
    let partitions = (0..)
        .zip(replicas)
        .map(|(index, r)| rules.partition(state, id, index, r));
    records.extend(partitions.map(MetadataRecord::Partition));
    Ok((created, records))
}

fn check_name(state: &MetadataState, topic: &str) -> Result<(), TopicError> {
    if state.names.contains_key(topic) {
        return Err(TopicError::new(
            Kind::AlreadyExists,
            format!("Topic '{topic}' already exists."),
        ));
    }
    let colliding =
        name::collision_form(topic).and_then(|form| state.collisions.get(&form)?.first().cloned());
    if let Some(other) = colliding {
        let text = format!("Topic '{topic}' collides with existing topic: {other}");
        return Err(TopicError::new(Kind::InvalidName, text));
    }
    name::why_invalid(topic).map_or(Ok(()), |why| Err(TopicError::new(Kind::InvalidName, why)))
}

fn check_configs(rules: &Rules<'_>, topic: &NewTopic) -> Result<ConfigMap, TopicError> {
    let nulls: Vec<&str> = topic
        .configs
        .iter()
        .filter(|(_, value)| value.is_none())
        .map(|(name, _)| &**name)
        .collect();
    if !nulls.is_empty() {
        let text = format!("Null value not supported for topic configs: {}", nulls.join(","));
        return Err(TopicError::new(Kind::InvalidConfig, text));
    }
    let configs: ConfigMap = topic
        .configs
        .iter()
        .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
        .collect();
    if !configs.is_empty() {
        TopicConfig::validate(rules.config, &configs)
            .map_err(|error| TopicError::new(Kind::InvalidConfig, error.to_string()))?;
    }
    Ok(configs)
}

/// `ottla.create.topic.policy`. The broker's own topics are not for clients to choose.
fn check_policy(
    rules: &Rules<'_>,
    topic: &str,
    replicas: &[Vec<i32>],
    configs: &ConfigMap,
) -> Result<(), TopicError> {
    let policy = &rules.config.policies.create_topic;
    if policy.is_empty() || name::is_internal(topic) {
        return Ok(());
    }
    let value_of = |subject: &str| match subject {
        "name" => Some(topic.to_owned()),
        "partitions" => Some(replicas.len().to_string()),
        "replication.factor" => replicas.first().map(|r| r.len().to_string()),
        config => configs.get(config).cloned(),
    };
    policy
        .check(value_of)
        .map_err(|text| TopicError::new(Kind::PolicyViolation, text))
}

fn manual_replicas(
    state: &MetadataState,
    rules: &Rules<'_>,
    topic: &NewTopic,
) -> Result<Vec<Vec<i32>>, TopicError> {
    let refuse = |kind, text: &str| Err(TopicError::new(kind, text));
    if topic.replication_factor != -1 {
        return refuse(
            Kind::InvalidRequest,
            "A manual partition assignment was specified, but replication factor was not set to -1.",
        );
    }
    if topic.partitions != -1 {
        return refuse(
            Kind::InvalidRequest,
            "A manual partition assignment was specified, but numPartitions was not set to -1.",
        );
    }
    let mut by_index: BTreeMap<i32, &Vec<i32>> = BTreeMap::new();
    let mut factor = None;
    for (index, replicas) in &topic.assignments {
        if by_index.contains_key(index) {
            let text = format!("Found multiple manual partition assignments for partition {index}");
            return refuse(Kind::InvalidAssignment, &text);
        }
        rules.check_manual(state, replicas, factor)?;
        factor = Some(replicas.len());
        by_index.insert(*index, replicas);
    }
    if !by_index
        .keys()
        .copied()
        .eq(0..i32::try_from(by_index.len()).unwrap_or(i32::MAX))
    {
        return refuse(
            Kind::InvalidAssignment,
            "partitions should be a consecutive 0-based integer sequence",
        );
    }
    Ok(by_index.into_values().cloned().collect())
}

/// The replicas of each partition, and the factor that was asked for.
fn placed_replicas(
    state: &MetadataState,
    rules: &Rules<'_>,
    topic: &NewTopic,
) -> Result<(Vec<Vec<i32>>, i16), TopicError> {
    let wanted = match topic.replication_factor {
        -1 => rules.config.default_replication_factor,
        factor => factor,
    };
    let Some(factor) = usize::try_from(wanted).ok().filter(|factor| *factor > 0) else {
        return Err(TopicError::new(
            Kind::InvalidReplicationFactor,
            "Replication factor must be larger than 0, or -1 to use the default value.",
        ));
    };
    let count = match topic.partitions {
        -1 => rules.config.num_partitions,
        count => count,
    };
    let Some(count) = usize::try_from(count).ok().filter(|count| *count > 0) else {
        return Err(TopicError::new(
            Kind::InvalidPartitions,
            "Number of partitions was set to an invalid non-positive value.",
        ));
    };
    let cap = rules.cap_replicas || topic.cap_replicas;
    let placed = (0..count).map(|index| rules.place(state, index, factor, cap));
    let placed = placed.collect::<Result<_, _>>().map_err(|error| {
        let why = error.message.unwrap_or_default();
        let text = format!("Unable to replicate the partition {factor} time(s): {why}");
        TopicError::new(error.kind, text)
    });
    Ok((placed?, wanted))
}
