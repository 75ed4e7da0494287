//! `kafka-delete-records`: deletes the beginning of partitions, up to given offsets.

use std::path::Path;

use protocol_shim::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use protocol_shim::messages::{DeleteRecordsRequest, TopicName};
use protocol_shim::{ErrorCode, StrBytes};

use crate::client::{Client, ClientError, To};
use crate::connect::{COMMAND_CONFIG, SERVER, connect};
use crate::options::{Spec, opt};
use crate::wrong::Wrong;
use crate::{Io, java, json};

const SPEC: Spec = Spec {
    purpose: "This tool helps to delete records of the given partitions down to the specified offset.",
    opts: &[
        SERVER,
        COMMAND_CONFIG,
        opt(
            "offset-json-file",
            "file",
            "JSON file: {\"partitions\": [{\"topic\": \"t\", \"partition\": 0, \"offset\": 1}], \"version\": 1}",
        ),
    ],
};

/// Runs `kafka-delete-records`.
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

type Wanted = (String, i32, i64);

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let parsed = SPEC.parse(args).map_err(Wrong::argument)?;
    let parsed = SPEC.answer_help(parsed, io)?;
    parsed
        .require(&["bootstrap-server", "offset-json-file"])
        .map_err(Wrong::Usage)?;
    let path = parsed.value("offset-json-file").unwrap_or_default();
    let text = crate::env::read_text(Path::new(path))
        .map_err(|_| Wrong::thrown("java.io.IOException", format!("Unable to read file {path}")))?;
    let mut wanted = offsets(&text)?;
    let mut client = connect(&parsed)?;
    io.say("Executing records delete operation");
    let names: Vec<String> = wanted.iter().map(|(topic, ..)| topic.clone()).collect();
    let metadata = client.metadata("deleteRecords", Some(&names))?;
    io.say("Records delete operation completed:");
    java::hash_order(&mut wanted, java::HASH_ROOM, |(topic, index, _)| {
        java::partition_hash(topic, *index)
    });
    for (topic, index, offset) in wanted {
        let leader = metadata
            .topics
            .iter()
            .filter(|known| known.name.as_ref().is_some_and(|name| *name.0 == *topic))
            .flat_map(|known| &known.partitions)
            .find(|partition| partition.partition_index == index)
            .map(|partition| partition.leader_id.0);
        io.say(match delete(&mut client, &topic, index, offset, leader) {
            Ok(low) => format!("partition: {topic}-{index}\tlow_watermark: {low}"),
            Err(error) => format!("partition: {topic}-{index}\terror: {error}"),
        });
    }
    Ok(())
}

fn offsets(text: &str) -> Result<Vec<Wanted>, Wrong> {
    let invalid = |sentence: &str| Wrong::thrown("org.apache.kafka.tools.AdminOperationException", sentence);
    let read = json::parse(text).ok_or_else(|| invalid("The input string is not a valid JSON"))?;
    let version = read.get("version").map_or(Some(1), serde_json::Value::as_i64);
    if version != Some(1) {
        let shown = version.map_or("null".to_owned(), |version| version.to_string());
        return Err(invalid(&format!("Not supported version field value {shown}")));
    }
    let list = json::list(&read, "partitions").ok_or_else(|| invalid("Missing partitions field"))?;
    let mut out: Vec<Wanted> = Vec::new();
    let mut twice = Vec::new();
    for item in list {
        let named = json::partition(item).zip(item.get("offset").and_then(serde_json::Value::as_i64));
        let Some(((topic, index), offset)) = named else {
            return Err(invalid("The input string is not a valid JSON"));
        };
        if out.iter().any(|(known, at, _)| *known == topic && *at == index) {
            twice.push(format!("{topic}-{index}"));
        }
        out.push((topic, index, offset));
    }
    if twice.is_empty() {
        return Ok(out);
    }
    Err(Wrong::thrown(
        "org.apache.kafka.tools.AdminCommandFailedException",
        format!(
            "Offset json file contains duplicate topic partitions: {}",
            twice.join(",")
        ),
    ))
}

fn delete(
    client: &mut Client,
    topic: &str,
    index: i32,
    offset: i64,
    leader: Option<i32>,
) -> Result<i64, ClientError> {
    let Some(leader) = leader.filter(|leader| *leader >= 0) else {
        let code = ErrorCode::UnknownTopicOrPartition.code();
        return ClientError::check(code, None).map(|()| -1);
    };
    let timeout = i32::try_from(client.config.request_timeout.as_millis()).unwrap_or(i32::MAX);
    let response = client.call("deleteRecords", To::Node(leader), |_| {
        let partition = DeleteRecordsPartition::default()
            .with_partition_index(index)
            .with_offset(offset);
        let topic = DeleteRecordsTopic::default()
            .with_name(TopicName(StrBytes::from_string(topic.to_owned())))
            .with_partitions(vec![partition]);
        DeleteRecordsRequest::default()
            .with_topics(vec![topic])
            .with_timeout_ms(timeout)
    })?;
    let answer = response.topics.first().and_then(|topic| topic.partitions.first());
    let Some(answer) = answer else { return Ok(-1) };
    ClientError::check(answer.error_code, None)?;
    Ok(answer.low_watermark)
}
