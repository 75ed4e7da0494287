//! `kafka-get-offsets`: offsets of partitions by time.

use protocol_shim::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use protocol_shim::messages::{BrokerId, ListOffsetsRequest, TopicName};
use protocol_shim::{ErrorCode, StrBytes};
use regex::Regex;

use crate::Io;
use crate::client::{Client, ClientError, To};
use crate::connect::{COMMAND_CONFIG, SERVER, connect};
use crate::options::{Parsed, Spec, flag, opt};
use crate::topics::matching;
use crate::wrong::Wrong;

const SPEC: Spec = Spec {
    purpose: "An interactive shell for getting topic-partition offsets.",
    opts: &[
        SERVER,
        COMMAND_CONFIG,
        opt(
            "topic-partitions",
            "t1:1,t2:0-3,…",
            "Topics by pattern, each with a partition, or a range of them.",
        ),
        opt("topic", "topic", "Topics by pattern."),
        opt("partitions", "0,1,…", "Partitions; all when left out."),
        opt(
            "time",
            "time",
            "A timestamp in ms, or -1 or latest, -2 or earliest and so on [default: latest].",
        ),
        flag("exclude-internal-topics", "Leave Kafka's own topics out."),
    ],
};

/// Names of special times, and their numbers on the wire.
const TIMES: [(&str, i64); 6] = [
    ("latest", -1),
    ("earliest", -2),
    ("max-timestamp", -3),
    ("earliest-local", -4),
    ("latest-tiered", -5),
    ("earliest-pending-upload", -6),
];

/// Runs `kafka-get-offsets`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(format!("Error occurred: {}", error.message));
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    if args.is_empty() {
        return Err(Wrong::usage(SPEC.purpose));
    }
    let parsed = SPEC.parse(args).map_err(Wrong::argument)?;
    let parsed = SPEC.answer_help(parsed, io)?;
    parsed.require(&["bootstrap-server"]).map_err(Wrong::Usage)?;
    if parsed.has("topic-partitions") && (parsed.has("topic") || parsed.has("partitions")) {
        return Err(Wrong::argument(
            "--topic-partitions cannot be used with --topic or --partitions",
        ));
    }
    let time = time(parsed.value("time").unwrap_or("latest"))?;
    let rules = rules(&parsed)?;
    let mut client = connect(&parsed)?;
    let exclude_internal = parsed.has("exclude-internal-topics");
    let mut wanted: Vec<(String, i32, i32)> = Vec::new();
    for topic in client.all_topics("listTopics")? {
        let name = topic.name.map(|name| name.0.to_string()).unwrap_or_default();
        if exclude_internal && topic.is_internal {
            continue;
        }
        let partitions = topic.partitions.iter();
        let chosen = partitions.filter(|partition| {
            rules
                .iter()
                .any(|rule| rule.takes(&name, partition.partition_index))
        });
        wanted
            .extend(chosen.map(|partition| (name.clone(), partition.partition_index, partition.leader_id.0)));
    }
    if wanted.is_empty() {
        return Err(Wrong::argument(
            "Could not match any topic-partitions with the specified filters",
        ));
    }
    // Java's order of the text `topic-partition`.
    wanted.sort_by_key(|(topic, partition, _)| format!("{topic}-{partition}"));
    for (topic, partition, leader) in wanted {
        match offset(&mut client, &topic, partition, leader, time) {
            Ok(-1) => {}
            Ok(offset) => io.say(format!("{topic}:{partition}:{offset}")),
            Err(error) => io.complain(format!(
                "Skip getting offsets for topic-partition {topic}-{partition} due to error: {error}"
            )),
        }
    }
    Ok(())
}

fn time(text: &str) -> Result<i64, Wrong> {
    let named = TIMES.iter().find(|(name, _)| *name == text);
    match named.map(|(_, number)| *number).or_else(|| text.parse().ok()) {
        Some(time) => Ok(time),
        None => Err(Wrong::argument(format!(
            "Malformed time argument {text}. Please use -1 or latest / -2 or earliest / -3 or max-timestamp / \
            -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload, \
            or a specified long format timestamp"
        ))),
    }
}

/// Topics by pattern, partitions from one up to but without the other.
struct Rule {
    topic: Regex,
    from: i32,
    below: i32,
}

impl Rule {
    fn takes(&self, topic: &str, partition: i32) -> bool {
        (self.from..self.below).contains(&partition) && self.topic.is_match(topic)
    }
}

fn rules(parsed: &Parsed) -> Result<Vec<Rule>, Wrong> {
    if let Some(list) = parsed.value("topic-partitions") {
        return list.split(',').map(rule).collect();
    }
    let topic = || matching(parsed.value("topic").unwrap_or(".*"));
    let Some(list) = parsed.value("partitions").filter(|list| !list.is_empty()) else {
        return Ok(vec![Rule {
            topic: topic()?,
            from: 0,
            below: i32::MAX,
        }]);
    };
    let one = |text: &str| match text.parse() {
        Ok(from) => Ok(Rule {
            topic: topic()?,
            from,
            below: from.saturating_add(1),
        }),
        Err(_) => Err(Wrong::argument(format!(
            "--partitions expects a comma separated list of numeric partition ids, but received: {list}"
        ))),
    };
    // As Java splits: what is empty at the end is nothing.
    list.trim_end_matches(',').split(',').map(one).collect()
}

/// `topic`, `topic:1`, `topic:1-3`, `topic:1-`, `topic:-3`, `:1`.
fn rule(text: &str) -> Result<Rule, Wrong> {
    let invalid = || {
        Wrong::argument(format!(
            "org.apache.kafka.tools.TerseException: Invalid rule specification: {text}"
        ))
    };
    let (topic, partitions) = text.split_once(':').unwrap_or((text, ""));
    let number = |text: &str, default: i32| match text {
        "" => Ok(default),
        text => text.parse::<i32>().map_err(|_| invalid()),
    };
    let (from, below) = match partitions.split_once('-') {
        Some((from, below)) => (number(from, 0)?, number(below, i32::MAX)?),
        None if partitions.is_empty() => (0, i32::MAX),
        None => {
            let one = number(partitions, 0)?;
            (one, one.saturating_add(1))
        }
    };
    let topic = matching(if topic.is_empty() { ".*" } else { topic })?;
    Ok(Rule { topic, from, below })
}

fn offset(
    client: &mut Client,
    topic: &str,
    partition: i32,
    leader: i32,
    time: i64,
) -> Result<i64, ClientError> {
    if leader < 0 {
        let code = ErrorCode::LeaderNotAvailable.code();
        return ClientError::check(code, None).map(|()| -1);
    }
    let response = client.call("listOffsets", To::Node(leader), |_| {
        let partition = ListOffsetsPartition::default()
            .with_partition_index(partition)
            .with_timestamp(time);
        let topic = ListOffsetsTopic::default()
            .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
            .with_partitions(vec![partition]);
        ListOffsetsRequest::default()
            .with_replica_id(BrokerId(-1))
            .with_topics(vec![topic])
    })?;
    let answer = response.topics.first().and_then(|topic| topic.partitions.first());
    let Some(answer) = answer else { return Ok(-1) };
    ClientError::check(answer.error_code, None)?;
    Ok(answer.offset)
}

#[cfg(test)]
mod tests {
    use super::rule;

    #[test]
    fn rules_take_one_partition_or_a_range() {
        let takes =
            |text: &str, topic: &str, partition: i32| rule(text).expect("a rule").takes(topic, partition);
        assert!(takes("t", "t", 7) && !takes("t", "tt", 7));
        assert!(takes("t:1", "t", 1) && !takes("t:1", "t", 2));
        assert!(takes("t.*:1-3", "tx", 2) && !takes("t:1-3", "t", 3));
        assert!(takes(":-2", "any", 0) && !takes(":-2", "any", 2));
        assert!(takes("t:1-", "t", 900));
        assert!(rule("t:1:2").is_err());
    }
}
