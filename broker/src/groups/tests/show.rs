//! How a golden script shows replies, records and groups.

use std::fmt::Write as _;

use super::show_consumer::{show_consumer_group, show_consumer_record};
use crate::groups::classic::ClassicGroup;
use crate::groups::effects::Reply;
use crate::groups::group::Group;
use crate::groups::types::FetchedTopic;
use crate::records::groups::GroupRecord;

pub fn show_fetched(topics: &[FetchedTopic]) -> String {
    let mut out = String::new();
    for topic in topics {
        for p in &topic.partitions {
            writeln!(
                out,
                "{}-{} offset={} epoch={} {:?}",
                topic.name, p.index, p.offset, p.leader_epoch, p.metadata
            )
            .unwrap();
        }
    }
    out
}

pub fn show_reply(reply: &Reply) -> String {
    match reply {
        Reply::Join(Ok(joined)) => {
            let members = joined.members.iter().map(|m| {
                let instance = m
                    .instance_id
                    .as_ref()
                    .map(|i| format!("({i})"))
                    .unwrap_or_default();
                format!(
                    " {}{instance}:{}",
                    m.member_id,
                    String::from_utf8_lossy(&m.metadata)
                )
            });
            format!(
                "joined {} gen={} {}/{} leader={}{} members={}",
                joined.member_id,
                joined.generation,
                joined.protocol_type.as_deref().unwrap_or("-"),
                joined.protocol_name.as_deref().unwrap_or("-"),
                joined.leader,
                if joined.skip_assignment { " skip" } else { "" },
                members.collect::<String>()
            )
        }
        Reply::Join(Err(refused)) => format!("refused {:?} {:?}", refused.error, refused.member_id),
        Reply::Sync(Ok(synced)) => format!(
            "assigned {:?} {}/{}",
            String::from_utf8_lossy(&synced.assignment),
            synced.protocol_type.as_deref().unwrap_or("-"),
            synced.protocol_name.as_deref().unwrap_or("-"),
        ),
        Reply::Sync(Err(error)) => format!("refused {error:?}"),
    }
}

pub fn show_record(record: &GroupRecord) -> String {
    match record {
        GroupRecord::Offset {
            group,
            topic,
            partition,
            value: Some(v),
        } => {
            let expires = if v.expire_timestamp == -1 {
                String::new()
            } else {
                format!(" expires={}", v.expire_timestamp)
            };
            format!(
                "offset {group} {topic}-{partition}={} epoch={} {:?}{expires}",
                v.offset, v.leader_epoch, v.metadata
            )
        }
        GroupRecord::Offset {
            group,
            topic,
            partition,
            value: None,
        } => {
            format!("offset {group} {topic}-{partition} gone")
        }
        GroupRecord::Group {
            group,
            value: Some(v),
        } => {
            let members = v
                .members
                .iter()
                .map(|m| format!(" {}={}", m.member_id, String::from_utf8_lossy(&m.assignment)));
            format!(
                "group {group} gen={} type={:?} protocol={} leader={} members={}",
                v.generation,
                v.protocol_type,
                v.protocol.as_deref().unwrap_or("-"),
                v.leader.as_deref().unwrap_or("-"),
                members.collect::<String>()
            )
        }
        GroupRecord::Group { group, value: None } => format!("group {group} gone"),
        GroupRecord::Consumer { group, record } => {
            format!("consumer {group} {}", show_consumer_record(record))
        }
    }
}

pub fn show_group(group: &Group) -> String {
    match group {
        Group::Classic(group) => show_classic(group),
        Group::Consumer(group) => show_consumer_group(group),
    }
}

fn show_classic(group: &ClassicGroup) -> String {
    let mut out = format!(
        "{} gen={} protocol={} leader={} members=",
        group.state.name(),
        group.generation,
        group.protocol.as_deref().unwrap_or("-"),
        group.leader.as_deref().unwrap_or("-")
    );
    for m in group.members.iter() {
        let instance = m
            .instance_id
            .as_ref()
            .map(|i| format!("({i})"))
            .unwrap_or_default();
        let join = if m.is_awaiting_join() { "+join" } else { "" };
        let sync = if m.awaiting_sync.is_some() { "+sync" } else { "" };
        write!(out, " {}{instance}{join}{sync}", m.id).unwrap();
    }
    if !group.pending_join.is_empty() {
        write!(out, " pending={:?}", group.pending_join).unwrap();
    }
    out
}
