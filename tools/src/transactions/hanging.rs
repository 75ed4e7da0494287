//! Transactions that are open in a partition, while no coordinator knows that it has to end them there.

use protocol_shim::ErrorCode;
use protocol_shim::messages::describe_producers_response::ProducerState;
use protocol_shim::messages::describe_transactions_response::TransactionState;

use super::ask::Filter;
use super::command::{failed, said};
use crate::client::Client;
use crate::options::Parsed;
use crate::wrong::Wrong;
use crate::{Io, java};

/// Topics described at once.
const TOPICS_MAX: usize = 500;
/// Partitions in one answer.
const PARTITIONS_MAX: i32 = 2_000;
/// `--max-transaction-timeout` unless given: that which brokers allow.
const TIMEOUT_MIN: i64 = 15;
const MINUTE_MS: i64 = 60_000;

struct Open {
    topic: String,
    partition: i32,
    state: ProducerState,
}

/// Runs `find-hanging`.
///
/// # Errors
/// The sentence of what failed.
pub(super) fn find(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let (topic, broker) = (parsed.value("topic"), parsed.number("broker-id"));
    if topic.is_none() && broker.is_none() {
        return Err(said(
            "The `find-hanging` command requires either --topic or --broker-id to limit the scope of the search",
        ));
    }
    let partition = parsed.number("partition");
    if partition.is_some() && topic.is_none() {
        return Err(said("The --partition argument requires --topic to be provided"));
    }
    let minutes = parsed.number("max-transaction-timeout").unwrap_or(TIMEOUT_MIN);
    let partitions = match (topic, partition) {
        (Some(topic), Some(partition)) => vec![(topic.to_owned(), partition)],
        _ => partitions(client, topic, broker)?,
    };
    let candidates = candidates(client, partitions, broker, minutes * MINUTE_MS)?;
    let hanging = hanging(client, candidates)?;
    let now = crate::env::now_ms();
    let row = |open: &Open| {
        [
            open.topic.clone(),
            open.partition.to_string(),
            open.state.producer_id.0.to_string(),
            open.state.producer_epoch.to_string(),
            open.state.coordinator_epoch.to_string(),
            open.state.current_txn_start_offset.to_string(),
            open.state.last_timestamp.to_string(),
            ((now - open.state.last_timestamp) / MINUTE_MS).to_string(),
        ]
    };
    io.columns(
        [
            "Topic",
            "Partition",
            "ProducerId",
            "ProducerEpoch",
            "CoordinatorEpoch",
            "StartOffset",
            "LastTimestamp",
            "Duration(min)",
        ],
        &hanging.iter().map(row).collect::<Vec<_>>(),
    );
    Ok(())
}

/// The partitions to look into: of one topic or of all, on one broker or on any.
fn partitions(
    client: &mut Client,
    topic: Option<&str>,
    broker: Option<i32>,
) -> Result<Vec<(String, i32)>, Wrong> {
    let topics: Vec<String> = match topic {
        Some(topic) => vec![topic.to_owned()],
        None => client
            .all_topics("listTopics")
            .map_err(|error| failed("Failed to list topics", &error))?
            .into_iter()
            .filter_map(|topic| topic.name.map(|name| name.0.to_string()))
            .collect(),
    };
    let mut out = Vec::new();
    for some in topics.chunks(TOPICS_MAX) {
        let described = client
            .describe_topics(some, PARTITIONS_MAX)
            .map_err(|error| failed(&format!("Failed to describe {} topics", some.len()), &error))?;
        for topic in described {
            let here = topic
                .partitions
                .iter()
                .filter(|partition| broker.is_none_or(|id| partition.replicas.contains(&id)));
            out.extend(here.map(|partition| (topic.name.clone(), partition.index)));
        }
    }
    Ok(out)
}

/// Transactions that are open for longer than any may be.
fn candidates(
    client: &mut Client,
    mut partitions: Vec<(String, i32)>,
    broker: Option<i32>,
    limit_ms: i64,
) -> Result<Vec<Open>, Wrong> {
    java::hash_order(&mut partitions, java::HASH_ROOM, |(topic, index)| {
        java::partition_hash(topic, *index)
    });
    let count = partitions.len();
    let mut out = Vec::new();
    for (topic, partition) in partitions {
        let states = client
            .describe_producers(&topic, partition, broker)
            .map_err(|error| {
                let who = broker.map_or_else(|| "Optional.empty".to_owned(), |id| format!("Optional[{id}]"));
                failed(
                    &format!("Failed to describe producers for {count} partitions on broker {who}"),
                    &error,
                )
            })?;
        let now = crate::env::now_ms();
        let is_old = |state: &ProducerState| {
            state.current_txn_start_offset >= 0 && now - state.last_timestamp > limit_ms
        };
        out.extend(states.into_iter().filter(is_old).map(|state| Open {
            topic: topic.clone(),
            partition,
            state,
        }));
    }
    // Java groups them by producer in a hash table.
    java::hash_order(&mut out, java::HASH_ROOM, |open| {
        let id = open.state.producer_id.0;
        ((id ^ (id >> 32)) & 0xffff_ffff) as i32
    });
    Ok(out)
}

/// Those that no coordinator is going to end.
fn hanging(client: &mut Client, mut candidates: Vec<Open>) -> Result<Vec<Open>, Wrong> {
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let mut producers: Vec<i64> = candidates.iter().map(|open| open.state.producer_id.0).collect();
    producers.sort_unstable();
    producers.dedup();
    let filter = Filter {
        producers,
        duration_ms: -1,
        pattern: None,
    };
    let listed = client.list_transactions(&filter).map_err(|error| {
        failed(
            &format!(
                "Failed to list transactions for {} producers",
                filter.producers.len()
            ),
            &error,
        )
    })?;
    let mut expected: Vec<(i64, TransactionState)> = Vec::new();
    for (_, known) in &listed {
        match client.describe_transaction(&known.transactional_id.0) {
            Ok((_, state)) => expected.push((known.producer_id.0, state)),
            Err(error) if error.is(ErrorCode::TransactionalIdNotFound) => {}
            Err(error) => {
                return Err(failed(
                    &format!("Failed to describe {} transactions", listed.len()),
                    &error,
                ));
            }
        }
    }
    // What a coordinator still lists as open, it will end.
    candidates.retain(|open| {
        !expected.iter().any(|(producer, state)| {
            *producer == open.state.producer_id.0
                && state
                    .topics
                    .iter()
                    .any(|topic| *topic.topic.0 == *open.topic && topic.partitions.contains(&open.partition))
        })
    });
    Ok(candidates)
}
