//! How a golden script shows consumer groups and their records.

use std::fmt::Write as _;

use uuid::Uuid;

use super::topics::topic_name;
use crate::groups::consumer::{ConsumerGroup, MemberState};
use crate::groups::types_consumer::{ConsumerHeartbeatReply, Refusal};
use crate::records::consumer_groups::{ConsumerRecord, CurrentAssignment, OwnedPartitions};

fn partitions<'a>(topics: impl IntoIterator<Item = (Uuid, &'a [i32])>) -> String {
    let words = topics.into_iter().map(|(topic, partitions)| {
        let numbers: Vec<String> = partitions.iter().map(i32::to_string).collect();
        format!("{}:{}", topic_name(topic), numbers.join("+"))
    });
    words.collect::<Vec<_>>().join(",")
}

fn owned(owned: &[OwnedPartitions]) -> String {
    let words = owned.iter().map(|o| {
        let epochs = o.epochs.clone().unwrap_or_default();
        let with_epochs = o.partitions.iter().zip(&epochs).map(|(p, e)| format!("{p}@{e}"));
        format!(
            "{}:{}",
            topic_name(o.topic),
            with_epochs.collect::<Vec<_>>().join("+")
        )
    });
    words.collect::<Vec<_>>().join(",")
}

fn current(c: &CurrentAssignment) -> String {
    let state = ["stable", "unrevoked", "unreleased"]
        .get(usize::try_from(c.state).unwrap())
        .unwrap_or(&"unknown");
    let mut out = format!(
        "epoch={}<{} {state} [{}]",
        c.epoch,
        c.previous_epoch,
        owned(&c.assigned)
    );
    if !c.pending_revocation.is_empty() {
        write!(out, " revoke=[{}]", owned(&c.pending_revocation)).unwrap();
    }
    out
}

pub fn show_consumer_record(record: &ConsumerRecord) -> String {
    match record {
        ConsumerRecord::Epoch(Some(v)) => format!("epoch={} hash={:04x}", v.epoch, v.metadata_hash & 0xffff),
        ConsumerRecord::Epoch(None) => "gone".into(),
        ConsumerRecord::PartitionMetadata(present) => format!("partition-metadata {present}"),
        ConsumerRecord::Member(id, None) => format!("member {id} gone"),
        ConsumerRecord::Member(id, Some(m)) => {
            let mut out = format!("member {id} topics={}", m.topic_names.join("+"));
            for (name, value) in [
                ("regex", m.topic_regex.as_ref().filter(|r| !r.is_empty())),
                ("instance", m.instance_id.as_ref()),
                ("rack", m.rack_id.as_ref()),
                ("assignor", m.server_assignor.as_ref()),
            ] {
                if let Some(value) = value {
                    write!(out, " {name}={value}").unwrap();
                }
            }
            if m.rebalance_timeout_ms != 45_000 {
                write!(out, " timeout={}", m.rebalance_timeout_ms).unwrap();
            }
            if let Some(classic) = &m.classic {
                let names: Vec<_> = classic.protocols.iter().map(|(name, _)| name.as_str()).collect();
                write!(out, " classic={}", names.join("+")).unwrap();
            }
            out
        }
        ConsumerRecord::TargetEpoch(None) => "target gone".into(),
        ConsumerRecord::TargetEpoch(Some(v)) => format!("target epoch={} at={}", v.epoch, v.timestamp_ms),
        ConsumerRecord::TargetMember(id, None) => format!("target {id} gone"),
        ConsumerRecord::TargetMember(id, Some(topics)) => {
            let topics = topics.iter().map(|(t, p)| (*t, p.as_slice()));
            format!("target {id} [{}]", partitions(topics))
        }
        ConsumerRecord::Current(id, None) => format!("current {id} gone"),
        ConsumerRecord::Current(id, Some(c)) => format!("current {id} {}", current(c)),
        ConsumerRecord::Regex(regex, None) => format!("regex {regex} gone"),
        ConsumerRecord::Regex(regex, Some(v)) => {
            format!(
                "regex {regex} = {} version={} at={}",
                v.topics.join("+"),
                v.version,
                v.timestamp_ms
            )
        }
    }
}

pub fn show_consumer_group(group: &ConsumerGroup) -> String {
    let mut out = format!(
        "{} epoch={} target={} members=",
        group.state().name(),
        group.epoch,
        group.target_epoch.epoch
    );
    for m in group.members.values() {
        let mark = match m.state {
            MemberState::Stable => "",
            MemberState::UnrevokedPartitions => "-",
            MemberState::UnreleasedPartitions => "+",
            MemberState::Unknown => "?",
        };
        write!(out, " {}@{}{mark}", m.id, m.epoch).unwrap();
    }
    out
}

pub fn show_heartbeat(reply: &Result<ConsumerHeartbeatReply, Refusal>) -> String {
    match reply {
        Err(refusal) => format!("{:?}: {}", refusal.error, refusal.message),
        Ok(reply) => {
            let mut out = format!("ok {} epoch={}", reply.member_id, reply.member_epoch);
            if reply.member_epoch >= 0 && reply.heartbeat_interval_ms != 5000 {
                write!(out, " interval={}", reply.heartbeat_interval_ms).unwrap();
            }
            if let Some(assignment) = &reply.assignment {
                let topics = assignment.iter().map(|(t, p)| (*t, p.as_slice()));
                write!(out, " [{}]", partitions(topics)).unwrap();
            }
            out
        }
    }
}
