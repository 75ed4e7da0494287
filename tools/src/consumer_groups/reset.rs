//! `--reset-offsets`: where to, for which partitions, and the table or CSV of it.

use std::collections::BTreeMap;
use std::path::Path;

use super::plan::{cell, parse, topic_partitions};
use super::run::groups;
use crate::Io;
use crate::client::{Client, ClientError};
use crate::group_admin::{Committed, Partition, Thrown, Timestamp};
use crate::java::{HASH_ROOM, hash_order, partition_hash, string_hash};
use crate::jre::{date_time_ms, duration_ms};
use crate::log_line::log;
use crate::options::Parsed;

/// The scenarios, in the order in which Kafka's tool names them.
const SCENARIOS: &str = "[[to-datetime], [from-file], [shift-by], [to-offset], [to-earliest], [to-current], [to-latest], [by-duration]]";

type Offsets = Vec<(Partition, i64)>;

pub(super) fn run(client: &mut Client, given: &Parsed, io: &mut Io<'_>) -> Result<(), Thrown> {
    let mut names = groups(client, given)?;
    hash_order(&mut names, HASH_ROOM, |name| string_hash(name));
    let mut plans: Vec<(String, Offsets)> = Vec::new();
    for name in names {
        let state = match client.describe_group(&name) {
            Ok(found) => found.state,
            Err(error) if error.simple_class() == "GroupIdNotFoundException" => "Dead".to_owned(),
            Err(error) => return Err(Thrown::runtime(&error)),
        };
        let plan = if state == "Empty" || state == "Dead" {
            reset(client, given, &name, io)?
        } else {
            io.say(format!(
                "\nError: Assignments can only be reset if the group '{name}' is inactive, but the current state is {state}."
            ));
            Vec::new()
        };
        plans.push((name, plan));
    }
    if given.has("export") {
        export(&plans, given.all("group").count() == 1, io);
    } else {
        print(&plans, io);
    }
    Ok(())
}

fn reset(client: &mut Client, given: &Parsed, group: &str, io: &mut Io<'_>) -> Result<Offsets, Thrown> {
    let partitions = scope(client, given, group)?;
    check(client, &partitions)?;
    let mut offsets: Offsets = targets(client, given, group, &partitions, io)?
        .into_iter()
        .collect();
    hash_order(&mut offsets, HASH_ROOM, |((topic, partition), _)| {
        partition_hash(topic, *partition)
    });
    if given.has("execute") && !offsets.is_empty() {
        client
            .commit_offsets(group, &offsets)
            .map_err(|error| Thrown::direct(&error))?;
    }
    Ok(offsets)
}

fn scope(client: &mut Client, given: &Parsed, group: &str) -> Result<Vec<Partition>, Thrown> {
    if given.has("all-topics") {
        let committed = client.committed(group).map_err(|error| Thrown::runtime(&error))?;
        return Ok(committed.into_keys().collect());
    }
    if !given.has("topic") {
        return match given.has("from-file") {
            true => Ok(Vec::new()),
            false => Err(Thrown::Usage(
                "One of the reset scopes should be defined: --all-topics, --topic.".to_owned(),
            )),
        };
    }
    let mut partitions = Vec::new();
    let mut whole = Vec::new();
    for topic in given.all("topic") {
        match topic.contains(':') {
            true => partitions.extend(topic_partitions(topic)?),
            false => whole.push(topic.to_owned()),
        }
    }
    let found = client
        .topics_named(&whole)
        .map_err(|error| Thrown::direct(&error))?;
    for topic in found {
        let name = topic.name.map(|name| name.0.to_string()).unwrap_or_default();
        partitions.extend(
            topic
                .partitions
                .iter()
                .map(|row| (name.clone(), row.partition_index)),
        );
    }
    Ok(partitions)
}

/// Every partition must be there.
fn check(client: &mut Client, partitions: &[Partition]) -> Result<(), Thrown> {
    let mut names: Vec<String> = partitions.iter().map(|(topic, _)| topic.clone()).collect();
    names.sort_unstable();
    names.dedup();
    let found = client
        .topics_named(&names)
        .map_err(|error| Thrown::runtime(&error))?;
    let exists = |partition: &&Partition| {
        let topic = found
            .iter()
            .find(|topic| topic.name.as_ref().is_some_and(|name| *name.0 == *partition.0));
        topic.is_some_and(|topic| {
            topic
                .partitions
                .iter()
                .any(|row| row.partition_index == partition.1)
        })
    };
    let missing: Vec<String> = partitions
        .iter()
        .filter(|partition| !exists(partition))
        .map(|(topic, partition)| format!("{topic}-{partition}"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Thrown::direct(&ClientError::own(
        "UnknownTopicOrPartitionException",
        format!("The partitions \"{}\" do not exist", missing.join(",")),
    )))
}

fn targets(
    client: &mut Client,
    given: &Parsed,
    group: &str,
    partitions: &[Partition],
    io: &mut Io<'_>,
) -> Result<BTreeMap<Partition, i64>, Thrown> {
    let runtime = |error: ClientError| Thrown::runtime(&error);
    let late = |name| {
        given
            .late_number::<i64>(name)
            .map_err(|error| Thrown::direct(&error))
    };
    if let Some(offset) = late("to-offset")? {
        let wanted = partitions.iter().map(|partition| (partition.clone(), offset));
        return in_range(client, wanted.collect(), io);
    }
    if given.has("to-earliest") {
        return client
            .log_offsets(partitions, Timestamp::Earliest)
            .map_err(runtime);
    }
    if given.has("to-latest") {
        return client.log_offsets(partitions, Timestamp::Latest).map_err(runtime);
    }
    if let Some(by) = late("shift-by")? {
        let committed = client.committed(group).map_err(runtime)?;
        return in_range(client, shifted(partitions, &committed, by)?, io);
    }
    if let Some(text) = given.value("to-datetime") {
        let ms = date_time_ms(text).map_err(|error| {
            let thrown = format!("java.text.ParseException: {error}");
            Thrown::Other(
                thrown.clone(),
                vec![format!("java.lang.RuntimeException: {thrown}")],
            )
        })?;
        return at_time(client, partitions, ms, io);
    }
    if let Some(text) = given.value("by-duration") {
        let ms = duration_ms(text).ok_or_else(|| {
            let message = "Text cannot be parsed to a Duration".to_owned();
            let thrown = format!("java.time.format.DateTimeParseException: {message}");
            Thrown::Other(message, vec![thrown])
        })?;
        return at_time(client, partitions, crate::env::now_ms().saturating_sub(ms), io);
    }
    if let Some(file) = given.value("from-file") {
        return of_file(client, given, group, file, io);
    }
    if given.has("to-current") {
        let committed = client.committed(group).map_err(runtime)?;
        let mut ends = client
            .log_offsets(partitions, Timestamp::Latest)
            .map_err(runtime)?;
        for (partition, end) in &mut ends {
            *end = committed
                .get(partition)
                .map_or(*end, |committed| committed.offset);
        }
        return Ok(ends);
    }
    Err(Thrown::Usage(format!(
        "Option '[reset-offsets]' requires one of the following scenarios: {SCENARIOS}"
    )))
}

fn shifted(
    partitions: &[Partition],
    committed: &BTreeMap<Partition, Committed>,
    by: i64,
) -> Result<BTreeMap<Partition, i64>, Thrown> {
    let one = |partition: &Partition| match committed.get(partition) {
        Some(committed) => Ok((partition.clone(), committed.offset.wrapping_add(by))),
        None => Err(Thrown::Usage(format!(
            "Cannot shift offset for partition {}-{} since there is no current committed offset",
            partition.0, partition.1
        ))),
    };
    partitions.iter().map(one).collect()
}

fn at_time(
    client: &mut Client,
    partitions: &[Partition],
    ms: i64,
    io: &mut Io<'_>,
) -> Result<BTreeMap<Partition, i64>, Thrown> {
    let runtime = |error: ClientError| Thrown::runtime(&error);
    let mut offsets = client
        .log_offsets(partitions, Timestamp::At(ms))
        .map_err(runtime)?;
    let mut late: Vec<Partition> = offsets
        .iter()
        .filter(|(_, offset)| **offset < 0)
        .map(|(partition, _)| partition.clone())
        .collect();
    hash_order(&mut late, HASH_ROOM, |(topic, partition)| {
        partition_hash(topic, *partition)
    });
    for (topic, partition) in &late {
        io.say(format!(
            "\nWarn: Partition {partition} from topic {topic} is empty. Falling back to latest known offset."
        ));
    }
    offsets.extend(client.log_offsets(&late, Timestamp::Latest).map_err(runtime)?);
    Ok(offsets)
}

fn of_file(
    client: &mut Client,
    given: &Parsed,
    group: &str,
    file: &str,
    io: &mut Io<'_>,
) -> Result<BTreeMap<Partition, i64>, Thrown> {
    let thrown = |cause: String| {
        Thrown::Other(
            cause.clone(),
            vec![format!("java.lang.RuntimeException: {cause}")],
        )
    };
    let text = crate::env::read_text(Path::new(file))
        .map_err(|_| thrown(format!("java.io.IOException: Unable to read file {file}")))?;
    let rows = parse(&text)
        .ok_or_else(|| thrown("java.io.IOException: the file is no plan of offsets".to_owned()))?;
    let is_single = given.all("group").count() == 1;
    let mut wanted = BTreeMap::new();
    for (named, partition, offset) in rows {
        let is_ours = named.as_deref().map_or(is_single, |named| named == group);
        if is_ours {
            wanted.insert(partition, offset);
        }
    }
    if wanted.is_empty() {
        io.say(format!("\nError: No reset plan for group {group} found."));
        return Ok(wanted);
    }
    in_range(client, wanted, io)
}

/// Offsets outside the log become its nearest end.
fn in_range(
    client: &mut Client,
    mut wanted: BTreeMap<Partition, i64>,
    io: &mut Io<'_>,
) -> Result<BTreeMap<Partition, i64>, Thrown> {
    let runtime = |error: ClientError| Thrown::runtime(&error);
    let partitions: Vec<Partition> = wanted.keys().cloned().collect();
    let starts = client
        .log_offsets(&partitions, Timestamp::Earliest)
        .map_err(runtime)?;
    let ends = client
        .log_offsets(&partitions, Timestamp::Latest)
        .map_err(runtime)?;
    for (partition, offset) in &mut wanted {
        let end = ends.get(partition).copied().unwrap_or(*offset);
        let start = starts.get(partition).copied().unwrap_or(*offset);
        let (word, limit) = match *offset {
            offset if offset > end => ("higher than latest", end),
            offset if offset < start => ("lower than earliest", start),
            _ => continue,
        };
        let (topic, number) = partition;
        let message = format!(
            "New offset ({offset}) is {word} offset for topic partition {topic}-{number}. Value will be set to {limit}"
        );
        log(io, "WARN", &message, "org.apache.kafka.tools.OffsetsUtils");
        *offset = limit;
    }
    Ok(wanted)
}

fn print(plans: &[(String, Offsets)], io: &mut Io<'_>) {
    let of_group = plans
        .iter()
        .map(|(group, _)| group.len())
        .max()
        .unwrap_or(0)
        .max(15);
    let topics = plans.iter().flat_map(|(_, offsets)| offsets);
    let of_topic = topics
        .map(|((topic, _), _)| topic.len())
        .max()
        .unwrap_or(0)
        .max(15);
    if !plans.is_empty() {
        io.print(format!(
            "\n{:<of_group$} {:<of_topic$} {:<10} NEW-OFFSET",
            "GROUP", "TOPIC", "PARTITION"
        ));
    }
    for (group, offsets) in plans {
        for ((topic, partition), offset) in offsets {
            io.print(format!(
                "\n{group:<of_group$} {topic:<of_topic$} {partition:<10} {offset}"
            ));
        }
    }
    io.say("");
}

fn export(plans: &[(String, Offsets)], is_single: bool, io: &mut Io<'_>) {
    for (group, offsets) in plans {
        for ((topic, partition), offset) in offsets {
            let group = if is_single {
                String::new()
            } else {
                format!("{},", cell(group))
            };
            io.say(format!("{group}{},{partition},{offset}", cell(topic)));
        }
    }
    io.say("");
}
