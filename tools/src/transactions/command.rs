//! What each command asks for and shows.

use protocol_shim::messages::describe_producers_response::ProducerState;

use super::ask::{Abort, Filter};
use super::hanging;
use super::options::{TOOL, check, usage};
use crate::client::{Client, ClientError};
use crate::connect::connect;
use crate::options::Parsed;
use crate::wrong::Wrong;
use crate::{Io, java};

/// Runs `kafka-transactions`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    if args.iter().any(|arg| arg == "-v" || arg == "--version") {
        io.say(crate::options::KAFKA_VERSION);
        return 0;
    }
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => TOOL.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(&error.message);
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let (command, parsed) = TOOL.read(args, io)?;
    if !parsed.has("bootstrap-server") {
        return Err(Wrong::usage("argument --bootstrap-server is required"));
    }
    check(command, &parsed).map_err(|sentence| TOOL.refuse_as(&usage(command), io, &sentence))?;
    let mut client = connect(&parsed)?;
    match command {
        "list" => list(&mut client, &parsed, io),
        "describe" => describe(
            &mut client,
            parsed.value("transactional-id").unwrap_or_default(),
            io,
        ),
        "describe-producers" => describe_producers(&mut client, &parsed, io),
        "abort" => abort(&mut client, &parsed),
        "find-hanging" => hanging::find(&mut client, &parsed, io),
        _ => {
            let id = parsed.value("transactionalId").unwrap_or_default();
            let ended = client.terminate_transaction(id);
            ended.map_err(|error| {
                failed(
                    &format!("Failed to force terminate transactionalId `{id}`"),
                    &error,
                )
            })
        }
    }
}

/// What failed, and why.
pub(super) fn failed(what: &str, error: &ClientError) -> Wrong {
    said(format!(
        "{what}: {}. Enable debug logging for additional detail.",
        error.message
    ))
}

/// A sentence that the tool ends with.
pub(super) fn said(sentence: impl Into<String>) -> Wrong {
    Wrong::thrown("", sentence)
}

fn list(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let filter = Filter {
        producers: Vec::new(),
        duration_ms: parsed.number("duration-filter").unwrap_or(-1),
        pattern: parsed.value("transactional-id-pattern").map(str::to_owned),
    };
    let found = client
        .list_transactions(&filter)
        .map_err(|error| failed("Failed to list transactions", &error))?;
    let rows: Vec<[String; 4]> = found
        .iter()
        .map(|(coordinator, state)| {
            [
                state.transactional_id.0.to_string(),
                coordinator.to_string(),
                state.producer_id.0.to_string(),
                state.transaction_state.to_string(),
            ]
        })
        .collect();
    io.columns(
        ["TransactionalId", "Coordinator", "ProducerId", "TransactionState"],
        &rows,
    );
    Ok(())
}

fn describe(client: &mut Client, id: &str, io: &mut Io<'_>) -> Result<(), Wrong> {
    let (coordinator, found) = client.describe_transaction(id).map_err(|error| {
        failed(
            &format!("Failed to describe transaction state of transactional-id `{id}`"),
            &error,
        )
    })?;
    let begun = Some(found.transaction_start_time_ms).filter(|begun| *begun >= 0);
    let shown = |time: Option<i64>| time.map_or_else(|| "None".to_owned(), |time| time.to_string());
    let mut partitions: Vec<(&str, i32)> = found
        .topics
        .iter()
        .flat_map(|topic| topic.partitions.iter().map(|index| (&*topic.topic.0, *index)))
        .collect();
    // Java keeps them in a hash set.
    java::hash_order(&mut partitions, java::HASH_ROOM, |(topic, index)| {
        java::partition_hash(topic, *index)
    });
    let row = [
        coordinator.to_string(),
        id.to_owned(),
        found.producer_id.0.to_string(),
        found.producer_epoch.to_string(),
        found.transaction_state.to_string(),
        found.transaction_timeout_ms.to_string(),
        shown(begun),
        shown(begun.map(|begun| crate::env::now_ms() - begun)),
        java::joined(
            partitions.iter().map(|(topic, index)| format!("{topic}-{index}")),
            ",",
        ),
    ];
    io.columns(
        [
            "CoordinatorId",
            "TransactionalId",
            "ProducerId",
            "ProducerEpoch",
            "TransactionState",
            "TransactionTimeoutMs",
            "CurrentTransactionStartTimeMs",
            "TransactionDurationMs",
            "TopicPartitions",
        ],
        &[row],
    );
    Ok(())
}

fn describe_producers(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let (topic, partition) = place(parsed);
    let broker = parsed.number("broker-id");
    let found = client
        .describe_producers(topic, partition, broker)
        .map_err(|error| {
            let who = broker.map_or_else(|| "leader".to_owned(), |id| format!("broker {id}"));
            failed(
                &format!("Failed to describe producers for partition {topic}-{partition} on {who}"),
                &error,
            )
        })?;
    let row = |state: &ProducerState| {
        [
            state.producer_id.0.to_string(),
            state.producer_epoch.to_string(),
            state.coordinator_epoch.to_string(),
            state.last_sequence.to_string(),
            state.last_timestamp.to_string(),
            match state.current_txn_start_offset {
                open @ 0.. => open.to_string(),
                _ => "None".to_owned(),
            },
        ]
    };
    io.columns(
        [
            "ProducerId",
            "ProducerEpoch",
            "LatestCoordinatorEpoch",
            "LastSequence",
            "LastTimestamp",
            "CurrentTransactionStartOffset",
        ],
        &found.iter().map(row).collect::<Vec<_>>(),
    );
    Ok(())
}

fn abort(client: &mut Client, parsed: &Parsed) -> Result<(), Wrong> {
    let (topic, partition) = place(parsed);
    let abort = match (parsed.number::<i64>("start-offset"), parsed.number("producer-id")) {
        (None, None) => {
            return Err(said(
                "The transaction to abort must be identified either with --start-offset (for brokers on 3.0 or above) \
                 or with --producer-id, --producer-epoch, and --coordinator-epoch (for older brokers)",
            ));
        }
        (Some(start), _) => {
            let found = client
                .describe_producers(topic, partition, None)
                .map_err(|error| {
                    failed(
                        &format!("Failed to validate producer state for partition {topic}-{partition}"),
                        &error,
                    )
                })?;
            let open = found
                .iter()
                .find(|state| state.current_txn_start_offset == start && start >= 0);
            let Some(state) = open else {
                return Err(said(format!(
                    "Could not find any open transactions starting at offset {start} on partition {topic}-{partition}"
                )));
            };
            Abort {
                topic,
                partition,
                producer_id: state.producer_id.0,
                producer_epoch: i16::try_from(state.producer_epoch).unwrap_or(i16::MAX),
                coordinator_epoch: state.coordinator_epoch.max(0),
            }
        }
        (None, Some(producer_id)) => {
            let missing = |name: &str| said(format!("Missing required argument --{name}"));
            let producer_epoch = parsed
                .number("producer-epoch")
                .ok_or_else(|| missing("producer-epoch"))?;
            let coordinator_epoch: i32 = parsed
                .number("coordinator-epoch")
                .ok_or_else(|| missing("coordinator-epoch"))?;
            Abort {
                topic,
                partition,
                producer_id,
                producer_epoch,
                // Of a transaction that never ended none is known; 0 is not above any.
                coordinator_epoch: coordinator_epoch.max(0),
            }
        }
    };
    let ended = client.abort_transaction(abort);
    ended.map_err(|error| {
        let what = format!(
            "AbortTransactionSpec(topicPartition={topic}-{partition}, producerId={}, producerEpoch={}, coordinatorEpoch={})",
            abort.producer_id, abort.producer_epoch, abort.coordinator_epoch
        );
        failed(&format!("Failed to abort transaction {what}"), &error)
    })
}

fn place(parsed: &Parsed) -> (&str, i32) {
    (
        parsed.value("topic").unwrap_or_default(),
        parsed.number("partition").unwrap_or_default(),
    )
}
