//! `kafka-leader-election`: elects preferred or unclean leaders.

use std::path::Path;

use protocol_shim::ErrorCode;
use protocol_shim::StrBytes;
use protocol_shim::messages::elect_leaders_request::TopicPartitions;
use protocol_shim::messages::{ElectLeadersRequest, TopicName};

use crate::client::{Client, ClientError, To};
use crate::connect::{COMMAND_CONFIG, SERVER, connect};
use crate::options::{Parsed, Spec, flag, opt};
use crate::wrong::Wrong;
use crate::{Io, java, json};

const SPEC: Spec = Spec {
    purpose: "This tool attempts to elect a new leader for a set of topic partitions. \
        The type of elections supported are preferred replicas and unclean replicas.",
    opts: &[
        SERVER,
        opt("admin.config", "file", "Old name of --command-config."),
        COMMAND_CONFIG,
        opt(
            "path-to-json-file",
            "file",
            "JSON file that names the partitions.",
        ),
        opt("topic", "topic", "The topic; --partition goes with it."),
        opt("partition", "partition", "The partition.").int(),
        flag("all-topic-partitions", "Every partition that needs an election."),
        opt("election-type", "preferred|unclean", "Which election."),
    ],
};

const FAILED: &str = "org.apache.kafka.tools.AdminCommandFailedException";
/// Elections by name and number.
const ELECTIONS: [(&str, i8); 2] = [("PREFERRED", 0), ("UNCLEAN", 1)];
/// First ElectLeaders that knows unclean elections.
const TYPED: i16 = 1;

/// Runs `kafka-leader-election`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(&error.message);
            io.complain(&error);
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let parsed = SPEC.parse(args).map_err(Wrong::argument)?;
    let mut parsed = SPEC.answer_help(parsed, io)?;
    check(&parsed)?;
    parsed.rename("admin.config", "command-config");
    let wanted = parsed.value("election-type").unwrap_or_default();
    let Some(election) = ELECTIONS
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
    else {
        return Err(Wrong::argument(format!(
            "Cannot parse argument '{wanted}' of option election-type"
        )));
    };
    let partitions = partitions(&parsed)?;
    let mut client = connect(&parsed)?;
    elect(&mut client, *election, partitions, io)
}

fn check(parsed: &Parsed) -> Result<(), Wrong> {
    let failed = |sentence: &str| Err(Wrong::thrown(FAILED, sentence));
    let missing: Vec<&str> = ["bootstrap-server", "election-type"]
        .into_iter()
        .filter(|name| !parsed.has(name))
        .collect();
    if !missing.is_empty() {
        return failed(&format!("Missing required option(s): {}", missing.join(", ")));
    }
    let which = ["topic", "all-topic-partitions", "path-to-json-file"];
    if which.iter().filter(|name| parsed.has(name)).count() != 1 {
        return failed(&format!(
            "One and only one of the following options is required: {}",
            which.join(", ")
        ));
    }
    match (parsed.has("topic"), parsed.has("partition")) {
        (true, false) => failed("Missing required option(s): partition"),
        (false, true) => failed("Option partition is only allowed if topic is used"),
        _ => Ok(()),
    }
}

/// The partitions that the options name; `None` for all.
fn partitions(parsed: &Parsed) -> Result<Option<Vec<(String, i32)>>, Wrong> {
    if let Some(topic) = parsed.value("topic") {
        let index = parsed.number("partition").unwrap_or_default();
        return Ok(Some(vec![(topic.to_owned(), index)]));
    }
    let Some(path) = parsed.value("path-to-json-file") else {
        return Ok(None);
    };
    let text = crate::env::read_text(Path::new(path)).map_err(|_| {
        let sentence = format!("java.io.IOException: Unable to read file {path}");
        Wrong::thrown("java.lang.RuntimeException", sentence)
    })?;
    let invalid = |sentence: &str| Wrong::thrown("org.apache.kafka.tools.AdminOperationException", sentence);
    let read = json::parse(&text).ok_or_else(|| invalid("Replica election data is empty"))?;
    let list = json::list(&read, "partitions")
        .ok_or_else(|| invalid("Replica election data is missing \"partitions\" field"))?;
    let named: Option<Vec<(String, i32)>> = list.iter().map(json::partition).collect();
    let named = named.ok_or_else(|| invalid("Replica election data is malformed"))?;
    let twice: Vec<String> = named
        .iter()
        .enumerate()
        .filter(|(at, partition)| named.iter().skip(at + 1).any(|other| other == *partition))
        .map(|(_, (topic, index))| format!("{topic}-{index}"))
        .collect();
    if !twice.is_empty() {
        return Err(invalid(&format!(
            "Replica election data contains duplicate partitions: {}",
            java::list(twice)
        )));
    }
    Ok(Some(named))
}

fn elect(
    client: &mut Client,
    (election, number): (&str, i8),
    wanted: Option<Vec<(String, i32)>>,
    io: &mut Io<'_>,
) -> Result<(), Wrong> {
    let topics = wanted.map(by_topic);
    let timeout = i32::try_from(client.config.request_timeout.as_millis()).unwrap_or(i32::MAX);
    let response = client.call("electLeaders", To::Controller, |version| {
        let request = ElectLeadersRequest::default()
            .with_topic_partitions(topics.clone())
            .with_timeout_ms(timeout);
        match version {
            version if version < TYPED => request,
            _ => request.with_election_type(number),
        }
    })?;
    ClientError::check(response.error_code, None)?;
    let (mut done, mut valid, mut failed) = (Vec::new(), Vec::new(), Vec::new());
    for topic in &response.replica_election_results {
        for partition in &topic.partition_result {
            let name = format!("{}-{}", topic.topic.0, partition.partition_id);
            let hash = java::partition_hash(&topic.topic.0, partition.partition_id);
            match ClientError::of(partition.error_code, partition.error_message.as_deref()) {
                None => done.push((name, hash)),
                Some(error) if error.is(ErrorCode::ElectionNotNeeded) => valid.push((name, hash)),
                Some(error) => failed.push((name, error)),
            }
        }
    }
    for (names, head) in [
        (
            &mut done,
            format!("Successfully completed leader election ({election}) for partitions "),
        ),
        (
            &mut valid,
            "Valid replica already elected for partitions ".to_owned(),
        ),
    ] {
        // Java keeps them in a hash set.
        java::hash_order(names, java::HASH_ROOM, |(_, hash)| *hash);
        if !names.is_empty() {
            io.say(format!(
                "{head}{}",
                java::joined(names.iter().map(|(name, _)| name), ", ")
            ));
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    for (name, error) in &failed {
        io.say(format!(
            "Error completing leader election ({election}) for partition: {name}: {error}"
        ));
    }
    Err(Wrong::thrown(
        FAILED,
        format!("{} replica(s) could not be elected", failed.len()),
    ))
}

/// Partitions under their topics.
fn by_topic(wanted: Vec<(String, i32)>) -> Vec<TopicPartitions> {
    let mut topics: Vec<TopicPartitions> = Vec::new();
    for (topic, index) in wanted {
        match topics.iter_mut().find(|known| *known.topic.0 == *topic) {
            Some(known) => known.partitions.push(index),
            None => topics.push(
                TopicPartitions::default()
                    .with_topic(TopicName(StrBytes::from_string(topic)))
                    .with_partitions(vec![index]),
            ),
        }
    }
    topics
}
