//! `--describe`: offsets and states.

use std::collections::BTreeMap;

use super::members;
use super::run::groups;
use crate::Io;
use crate::client::Client;
use crate::group_admin::{Described, Partition, Thrown, Timestamp};
use crate::options::Parsed;

/// A line of the table of offsets.
#[derive(Default)]
struct Row {
    partition: Partition,
    offset: Option<i64>,
    epoch: Option<i32>,
    end: Option<i64>,
    consumer: Option<String>,
    host: Option<String>,
    client: Option<String>,
}

pub(super) fn run(client: &mut Client, given: &Parsed, io: &mut Io<'_>) -> Result<(), Thrown> {
    let mut found: BTreeMap<String, Described> = BTreeMap::new();
    for group in groups(client, given)? {
        let described = client
            .describe_group(&group)
            .map_err(|error| Thrown::execution(&error))?;
        found.insert(group, described);
    }
    let is_verbose = given.has("verbose");
    if given.has("members") {
        found
            .values()
            .for_each(|group| members::print(group, is_verbose, io));
        return Ok(());
    }
    if given.has("state") {
        found
            .values()
            .for_each(|group| print_state(group, is_verbose, io));
        return Ok(());
    }
    let mut tables = Vec::new();
    for group in found.values() {
        tables.push((group, rows(client, group)?));
    }
    for (group, rows) in tables {
        if said(group, rows.len(), io) {
            print_offsets(group, &rows, is_verbose, io);
        }
    }
    Ok(())
}

/// Says what the state of the group means; whether there is anything to print.
pub(super) fn said(group: &Described, rows: usize, io: &mut Io<'_>) -> bool {
    let name = &group.group;
    match group.state.as_str() {
        "Dead" => io.say(format!("\nError: Consumer group '{name}' does not exist.")),
        "Empty" => {
            io.flush();
            io.complain(format!("\nConsumer group '{name}' has no active members."));
        }
        "Stable" => {}
        _ => {
            io.flush();
            io.complain(format!("\nWarning: Consumer group '{name}' is rebalancing."));
        }
    }
    group.state != "Dead" && rows > 0
}

fn rows(client: &mut Client, group: &Described) -> Result<Vec<Row>, Thrown> {
    let runtime = |error| Thrown::runtime(&error);
    let committed = client.committed(&group.group).map_err(runtime)?;
    let mut rows = Vec::new();
    let mut members: Vec<_> = group
        .members
        .iter()
        .filter(|member| !member.assigned.is_empty())
        .collect();
    members.sort_by_key(|member| std::cmp::Reverse(member.assigned.len()));
    for member in &members {
        let mut assigned = member.assigned.clone();
        assigned.sort_unstable();
        for partition in assigned {
            rows.push(Row {
                partition,
                consumer: Some(member.id.clone()),
                host: Some(member.host.clone()),
                client: Some(member.client.clone()),
                ..Row::default()
            });
        }
    }
    let free = committed.keys().filter(|partition| {
        let has = |row: &Row| row.partition == **partition;
        !rows.iter().any(has)
    });
    let free: Vec<Row> = free
        .map(|partition| Row {
            partition: partition.clone(),
            ..Row::default()
        })
        .collect();
    rows.extend(free);
    let all: Vec<Partition> = rows.iter().map(|row| row.partition.clone()).collect();
    let ends = client.log_offsets(&all, Timestamp::Latest).map_err(runtime)?;
    for row in &mut rows {
        let known = committed.get(&row.partition);
        row.offset = known.map(|committed| committed.offset);
        row.epoch = known.and_then(|committed| committed.leader_epoch);
        row.end = ends.get(&row.partition).copied();
    }
    Ok(rows)
}

fn print_offsets(group: &Described, rows: &[Row], is_verbose: bool, io: &mut Io<'_>) {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let number = |number: Option<i64>| number.map_or("-".to_owned(), |number| number.to_string());
    let widest = |len: fn(&Row) -> usize| rows.iter().map(len).max().unwrap_or(0).max(15);
    let of_group = group.group.len().max(15);
    let of_topic = widest(|row| row.partition.0.len());
    let of_consumer = widest(|row| row.consumer.as_ref().map_or(1, String::len));
    let of_host = widest(|row| row.host.as_ref().map_or(1, String::len));
    let mut print = |cells: [&str; 10]| {
        let [
            group,
            topic,
            partition,
            epoch,
            offset,
            end,
            lag,
            consumer,
            host,
            client,
        ] = cells;
        let epoch = if is_verbose {
            format!("{epoch:<15} ")
        } else {
            String::new()
        };
        io.print(format!(
            "\n{group:<of_group$} {topic:<of_topic$} {partition:<10} {epoch}{offset:<15} {end:<15} {lag:<15} \
             {consumer:<of_consumer$} {host:<of_host$} {client}"
        ));
    };
    print([
        "GROUP",
        "TOPIC",
        "PARTITION",
        "LEADER-EPOCH",
        "CURRENT-OFFSET",
        "LOG-END-OFFSET",
        "LAG",
        "CONSUMER-ID",
        "HOST",
        "CLIENT-ID",
    ]);
    for row in rows {
        let lag = row.offset.and_then(|offset| row.end.map(|end| end - offset));
        print([
            &group.group,
            &row.partition.0,
            &row.partition.1.to_string(),
            &number(row.epoch.map(i64::from)),
            &number(row.offset),
            &number(row.end),
            &number(lag),
            &text(&row.consumer),
            &text(&row.host),
            &text(&row.client),
        ]);
    }
    io.say("");
}

fn print_state(group: &Described, is_verbose: bool, io: &mut Io<'_>) {
    if !said(group, 1, io) {
        return;
    }
    let node = &group.coordinator;
    let coordinator = format!("{}:{}  ({})", node.host, node.port, node.id);
    let of_coordinator = coordinator.len().max(25);
    let of_group = group.group.len().max(15);
    let mut print = |cells: [&str; 7]| {
        let [group, coordinator, strategy, state, epoch, target, members] = cells;
        let epochs = if is_verbose {
            format!("{epoch:<15} {target:<25} ")
        } else {
            String::new()
        };
        io.print(format!(
            "\n{group:<of_group$} {coordinator:<of_coordinator$} {strategy:<20} {state:<20} {epochs}{members}"
        ));
    };
    print([
        "GROUP",
        "COORDINATOR (ID)",
        "ASSIGNMENT-STRATEGY",
        "STATE",
        "GROUP-EPOCH",
        "TARGET-ASSIGNMENT-EPOCH",
        "#MEMBERS",
    ]);
    let epoch = |epoch: Option<i32>| epoch.map_or("-".to_owned(), |epoch| epoch.to_string());
    let strategy = if group.assignor.is_empty() {
        "-"
    } else {
        &group.assignor
    };
    print([
        &group.group,
        &coordinator,
        strategy,
        &group.state,
        &epoch(group.epochs.map(|epochs| epochs.0)),
        &epoch(group.epochs.map(|epochs| epochs.1)),
        &group.members.len().to_string(),
    ]);
    io.say("");
}
