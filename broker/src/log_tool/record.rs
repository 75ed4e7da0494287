//! One record as a line of text; those of Kafka's own topics decoded.

use std::path::Path;

use storage::{BatchHeader, ControlType, RecordRef};

use super::format::{bytes, time};
use crate::records::groups::GroupRecord;
use crate::records::metadata::MetadataRecord;

/// What the records of a file mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Topic {
    /// Nothing that is known here.
    User,
    /// Committed offsets and groups.
    ConsumerOffsets,
    /// Topics, configs, registrations.
    ClusterMetadata,
}

impl Topic {
    /// By the directory of the file, or by its ending.
    pub fn of(path: &Path) -> Topic {
        let dir = path
            .parent()
            .and_then(Path::file_name)
            .unwrap_or_default()
            .to_string_lossy();
        if dir.starts_with("__consumer_offsets-") {
            Topic::ConsumerOffsets
        } else if dir.starts_with("__cluster_metadata-")
            || path.extension().is_some_and(|e| e == "checkpoint")
        {
            Topic::ClusterMetadata
        } else {
            Topic::User
        }
    }
}

/// A record in one line.
pub(super) fn show(topic: &Topic, header: &BatchHeader, record: &RecordRef<'_>) -> String {
    let at = format!("offset {:<10} {}", record.offset, time(record.timestamp));
    if header.is_control() {
        return format!("{at} {}", control(record));
    }
    let decoded = match topic {
        Topic::User => None,
        Topic::ConsumerOffsets => group_record(record),
        Topic::ClusterMetadata => Some(match MetadataRecord::decode(record.value.unwrap_or_default()) {
            Ok(record) => format!("{record:?}"),
            Err(error) => format!("undecodable ({error}): {}", bytes(record.value)),
        }),
    };
    if let Some(decoded) = decoded {
        return format!("{at} {decoded}");
    }
    let mut text = format!("{at} key {} value {}", bytes(record.key), bytes(record.value));
    for (i, (key, value)) in record.headers.enumerate() {
        let lead = if i == 0 { " headers" } else { "," };
        text.push_str(&format!(
            "{lead} {}={}",
            String::from_utf8_lossy(key),
            bytes(value)
        ));
    }
    text
}

fn control(record: &RecordRef<'_>) -> String {
    let kind = record.key.and_then(ControlType::from_key);
    match kind {
        Some(kind @ (ControlType::Abort | ControlType::Commit)) => {
            // The value: version (2 bytes), epoch of the coordinator (4).
            let epoch = record
                .value
                .and_then(|value| value.get(2..)?.first_chunk::<4>().copied());
            let epoch = epoch.map_or(-1, i32::from_be_bytes);
            format!("end of a transaction: {kind:?} by coordinator epoch {epoch}")
        }
        Some(kind) => format!("{kind:?} {}", bytes(record.value)),
        None => format!(
            "control record of an unknown type: key {} value {}",
            bytes(record.key),
            bytes(record.value)
        ),
    }
}

fn group_record(record: &RecordRef<'_>) -> Option<String> {
    let shown = match GroupRecord::decode(record.key?, record.value) {
        Ok(Some(GroupRecord::Offset {
            group,
            topic,
            partition,
            value,
        })) => {
            let place = format!("offset of group {group:?} in {topic}-{partition}");
            match value {
                None => format!("{place}: removed"),
                Some(value) => format!(
                    "{place}: {} epoch {} committed {} metadata {:?}",
                    value.offset,
                    value.leader_epoch,
                    time(value.commit_timestamp),
                    value.metadata
                ),
            }
        }
        Ok(Some(GroupRecord::Group { group, value: None })) => format!("group {group:?}: removed"),
        Ok(Some(GroupRecord::Group {
            group,
            value: Some(value),
        })) => {
            let members: Vec<&str> = value
                .members
                .iter()
                .map(|member| member.member_id.as_str())
                .collect();
            format!(
                "group {group:?}: generation {} protocol {} {} leader {} members [{}]",
                value.generation,
                value.protocol_type,
                value.protocol.as_deref().unwrap_or("-"),
                value.leader.as_deref().unwrap_or("-"),
                members.join(", ")
            )
        }
        Ok(Some(GroupRecord::Consumer { group, record })) => format!("consumer group {group:?}: {record:?}"),
        Ok(None) => return None,
        Err(error) => format!(
            "undecodable ({error}): key {} value {}",
            bytes(record.key),
            bytes(record.value)
        ),
    };
    Some(shown)
}
