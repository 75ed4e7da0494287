//! The words of a script, and the requests that they make.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::topics::topic_id;
use crate::groups::types::*;
use crate::records::codec::Writer;

pub(super) fn shorten(text: &str) -> String {
    text.replace("-00000000-0000-0000-0000-0000000000", "~")
}

pub(super) fn lengthen(text: &str) -> String {
    text.replace('~', "-00000000-0000-0000-0000-0000000000")
}

/// `name=value` words behind the command and the group.
pub(super) struct Args<'a>(pub(super) BTreeMap<&'a str, &'a str>);

impl<'a> Args<'a> {
    pub(super) fn opt(&self, name: &str) -> Option<String> {
        self.0.get(name).map(|v| lengthen(v))
    }

    pub(super) fn text(&self, name: &str, default: &str) -> String {
        self.opt(name).unwrap_or_else(|| default.to_owned())
    }

    pub(super) fn number(&self, name: &str, default: i32) -> i32 {
        self.0.get(name).map_or(default, |v| v.parse().unwrap())
    }

    /// `a:x,b:y`
    pub(super) fn pairs(&self, name: &str, default: &'a str) -> Vec<(String, String)> {
        let list = self.0.get(name).copied().unwrap_or(default);
        let words = list.split(',').filter(|w| !w.is_empty());
        words
            .map(|w| w.split_once(':').unwrap_or((w, "")))
            .map(|(a, b)| (lengthen(a), b.to_owned()))
            .collect()
    }
}

/// `t+u`, or `t+u/t-0+t-1` with what the member owns.
pub(super) fn subscription(text: &str) -> Bytes {
    let (topics, owned) = text.split_once('/').unwrap_or((text, ""));
    let topics: Vec<&str> = topics.split('+').collect();
    let mut w = Writer::new();
    w.i16(i16::from(!owned.is_empty()));
    w.vec(false, &topics, |w, topic| w.string(false, topic));
    w.nullable_bytes(false, None);
    if !owned.is_empty() {
        named(&mut w, owned);
    }
    Bytes::from(w.into_bytes())
}

/// `t-0+t-1`
pub(super) fn assignment(text: &str) -> Bytes {
    let mut w = Writer::new();
    w.i16(0);
    named(&mut w, text);
    w.nullable_bytes(false, None);
    Bytes::from(w.into_bytes())
}

fn named(w: &mut Writer, partitions: &str) {
    let rows: Vec<_> = partitions.split('+').filter_map(|p| p.split_once('-')).collect();
    w.vec(false, &rows, |w, (topic, partition)| {
        w.string(false, topic);
        w.vec(false, &[partition.parse::<i32>().unwrap()], |w, p| w.i32(*p));
    });
}

pub(super) fn heartbeat_request(group: &str, args: &Args<'_>) -> HeartbeatRequest {
    HeartbeatRequest {
        group: group.into(),
        member_id: args.text("m", ""),
        instance_id: args.opt("instance"),
        generation: args.number("gen", 1),
    }
}

/// `offsets=t:0:5,t:1:9` with `meta=` and `epoch=` for all of them.
pub(super) fn commit_request(group: &str, args: &Args<'_>) -> CommitRequest {
    let mut topics: Vec<CommitTopic> = Vec::new();
    for (name, rest) in args.pairs("offsets", "") {
        let (index, offset) = rest.split_once(':').unwrap();
        let partition = CommitPartition {
            index: index.parse().unwrap(),
            offset: offset.parse().unwrap(),
            leader_epoch: args.number("epoch", -1),
            metadata: args.opt("meta"),
        };
        match topics.iter_mut().find(|t| t.name == name) {
            Some(topic) => topic.partitions.push(partition),
            None => {
                let id = topic_id(&name, u8::try_from(args.number("version", 0)).unwrap());
                topics.push(CommitTopic {
                    name,
                    id,
                    partitions: vec![partition],
                });
            }
        }
    }
    CommitRequest {
        group: group.into(),
        member_id: args.text("m", ""),
        instance_id: args.opt("instance"),
        generation: args.number("gen", -1),
        knows_group_id_not_found: args.number("v", 9) >= 9,
        retention_ms: args.opt("retention").map(|v| v.parse().unwrap()),
        topics,
    }
}

/// `t=topic:0` (one partition each), or all without it.
pub(super) fn fetch_request(group: &str, args: &Args<'_>) -> FetchRequest {
    let version = u8::try_from(args.number("version", 0)).unwrap();
    let topics = args.0.contains_key("t").then(|| {
        let one = |(name, index): (String, String)| FetchTopic {
            id: topic_id(&name, version),
            name,
            partitions: vec![index.parse().unwrap()],
        };
        args.pairs("t", "").into_iter().map(one).collect()
    });
    FetchRequest {
        group: group.into(),
        member: args.opt("m").map(|id| (id, args.number("e", -1))),
        require_stable: false,
        topics,
    }
}
