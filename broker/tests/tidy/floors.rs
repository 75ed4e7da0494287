//! Who may import whom.

use crate::source::Source;

/// The broker's rooms from the ground up; rooms of one floor do not import each other.
const FLOORS: &[&[&str]] = &[
    &["announce", "banner", "by_topic", "log_levels"],
    &["env"],
    &["config"],
    &["partition"],
    &["records"],
    &["topics"],
    &["coordinator"],
    &["groups"],
    &["transactions"],
    &["fetch", "quotas"],
    &["context", "error_map"],
    &["api"],
    &["dispatch"],
    &["connection", "metrics"],
    &["server", "log_tool", "config_tool", "container"],
    &["cli", "embed"],
    &["scripts", "usage"],
    &["main", "lib"],
];

/// Imports that run upward for now: the file, the room, the reason.
const UPWARD: &[(&str, &str, &str)] = &[];

/// Rooms that may name wire types.
const WIRE_ROOMS: &[&str] = &["api", "connection", "dispatch", "error_map"];

/// The room that a file of the broker belongs to.
fn room(source: &Source) -> Option<&str> {
    let inner = source.path.strip_prefix("broker/src/")?;
    inner
        .split('/')
        .next()
        .map(|first| first.strip_suffix(".rs").unwrap_or(first))
}

fn floor(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Rooms that a line names as `crate::room` or in `use crate::{room, …}`.
fn named_rooms(line: &str) -> Vec<&str> {
    let mut out = Vec::new();
    for part in line.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            Some(list) => out.extend(
                list.split([',', '}'])
                    .map(|item| item.trim().split("::").next().unwrap_or("")),
            ),
            None => out.push(
                part.split(|c: char| !c.is_alphanumeric() && c != '_')
                    .next()
                    .unwrap_or(""),
            ),
        }
    }
    out
}

/// Complaints about imports that do not run downward.
pub fn upward_imports(source: &Source) -> Vec<String> {
    let Some(own) = room(source).filter(|_| source.is_ours()) else {
        return Vec::new();
    };
    let Some(own_floor) = floor(own) else {
        return vec![format!("{}: the room {own} has no floor", source.path)];
    };
    let mut out = Vec::new();
    for (number, line) in source.code() {
        for other in named_rooms(line).into_iter().filter(|other| *other != own) {
            let is_exempt = UPWARD
                .iter()
                .any(|(path, room, _)| *path == source.path && *room == other);
            if !is_exempt && floor(other).is_some_and(|other_floor| other_floor >= own_floor) {
                out.push(format!(
                    "{}:{number}: {own} imports {other}, which is not below it",
                    source.path
                ));
            }
        }
    }
    out
}

/// Complaints about wire types outside of the rooms at the door.
pub fn stray_wire_types(source: &Source) -> Vec<String> {
    let is_inside = room(source).is_some_and(|own| !WIRE_ROOMS.contains(&own)) && source.is_ours();
    let named = source
        .code()
        .filter(|(_, line)| is_inside && line.contains("protocol_shim"));
    named
        .map(|(number, line)| {
            format!(
                "{}:{number}: {} (wire types stop at api)",
                source.path,
                line.trim()
            )
        })
        .collect()
}

/// Complaints about crates of ours in the two lower crates.
pub fn crate_imports(source: &Source) -> Vec<String> {
    let strangers: &[&str] = match source.path.split('/').next() {
        Some("storage") => &["ottla::", "protocol_shim", "kafka_protocol", "tools::", "tokio::"],
        Some("protocol-shim") => &[
            "ottla::",
            "storage::",
            "tools::",
            "tokio::",
            "std::net",
            "std::io",
        ],
        Some("tools") => &["ottla::", "tokio::"],
        Some("compat-tests") => &["use storage::", "use tools::", "ottla::{", "use ottla::"],
        _ => &[],
    };
    let mut out = Vec::new();
    for (number, line) in source.code() {
        if let Some(stranger) = strangers.iter().find(|stranger| line.contains(**stranger)) {
            out.push(format!("{}:{number}: {stranger} is not known here", source.path));
        }
    }
    out
}

/// Complaints about files of `api/` that name each other.
pub fn api_siblings(source: &Source) -> Vec<String> {
    let is_api = source.path.starts_with("broker/src/api/") && !source.path.ends_with("/mod.rs");
    let named = source
        .code()
        .filter(|(_, line)| is_api && (line.contains("crate::api") || line.contains("super::")));
    named
        .map(|(number, _)| {
            format!(
                "{}:{number}: names another API; move what they share down",
                source.path
            )
        })
        .collect()
}
