//! `kafka-log-dirs`: what the data folders of brokers hold.

use protocol_shim::{DescribeLogDirsRequest, DescribeLogDirsResponse, DescribeLogDirsResult, ErrorCode};

use crate::client::{ClientError, To};
use crate::connect::{COMMAND_CONFIG, SERVER, connect};
use crate::options::{Spec, flag, opt};
use crate::wrong::Wrong;
use crate::{Io, java, json};

const SPEC: Spec = Spec {
    purpose: "This tool helps to query log directory usage on the specified brokers.",
    opts: &[
        SERVER,
        COMMAND_CONFIG,
        flag("describe", "Show the folders."),
        opt("topic-list", "t1,t2", "Only these topics."),
        opt("broker-list", "1,2", "Only these brokers."),
    ],
};

/// Runs `kafka-log-dirs`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(&error.message);
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let parsed = SPEC.parse(args).map_err(Wrong::argument)?;
    let parsed = SPEC.answer_help(parsed, io)?;
    parsed
        .require(&["bootstrap-server", "describe"])
        .map_err(Wrong::Usage)?;
    let topics: Vec<&str> = parsed
        .list("topic-list")
        .filter(|name| !name.is_empty())
        .collect();
    let mut client = connect(&parsed)?;
    let present: Vec<i32> = client
        .brokers("describeCluster")?
        .iter()
        .map(|node| node.id)
        .collect();
    let mut wanted = Vec::new();
    for id in parsed.list("broker-list").filter(|id| !id.is_empty()) {
        let number = id.parse::<i32>();
        wanted.push(number.map_err(|_| Wrong::argument(format!("For input string: \"{id}\"")))?);
    }
    if wanted.is_empty() {
        wanted.clone_from(&present);
    }
    let absent: Vec<&i32> = wanted.iter().filter(|id| !present.contains(id)).collect();
    if !absent.is_empty() {
        io.complain(format!(
            "ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}",
            java::joined(absent, ","),
            java::joined(&present, ",")
        ));
        return Err(Wrong::Code(1));
    }
    io.say("Querying brokers for log directories information");
    let mut brokers = Vec::new();
    for id in &wanted {
        let response = client.call("describeLogDirs", To::Node(*id), |_| DescribeLogDirsRequest {
            topics: None,
        })?;
        ClientError::check(response.error_code, None)?;
        brokers.push(broker(*id, &response, &topics));
    }
    io.say(format!(
        "Received log directory information from brokers {}",
        java::joined(&wanted, ",")
    ));
    io.say(format!("{{\"brokers\":[{}],\"version\":1}}", brokers.join(",")));
    Ok(())
}

fn broker(id: i32, response: &DescribeLogDirsResponse, topics: &[&str]) -> String {
    let folders = response.results.iter().map(|result| folder(result, topics));
    format!("{{\"broker\":{id},\"logDirs\":[{}]}}", java::joined(folders, ","))
}

fn folder(result: &DescribeLogDirsResult, topics: &[&str]) -> String {
    let error = match ErrorCode::from_code(result.error_code) {
        Some(ErrorCode::None) => "null".to_owned(),
        _ => ClientError::of(result.error_code, None)
            .map_or("null".to_owned(), |error| json::quoted(&error.class)),
    };
    let mut partitions: Vec<(String, String)> = Vec::new();
    for topic in &result.topics {
        if !topics.is_empty() && !topics.contains(&&*topic.name) {
            continue;
        }
        for partition in &topic.partitions {
            let name = format!("{}-{}", topic.name, partition.partition_index);
            let line = format!(
                "{{\"partition\":{},\"size\":{},\"offsetLag\":{},\"isFuture\":{}}}",
                json::quoted(&name),
                partition.partition_size,
                partition.offset_lag,
                partition.is_future_key
            );
            partitions.push((name, line));
        }
    }
    // Java's client keeps them in a hash table by partition.
    java::hash_order(&mut partitions, java::HASH_ROOM, |(name, _)| {
        let (topic, index) = name.rsplit_once('-').unwrap_or_default();
        java::partition_hash(topic, index.parse().unwrap_or_default())
    });
    format!(
        "{{\"partitions\":[{}],\"error\":{error},\"logDir\":{}}}",
        java::joined(partitions.iter().map(|(_, line)| line), ","),
        json::quoted(&result.log_dir)
    )
}
