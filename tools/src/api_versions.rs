//! `kafka-broker-api-versions`: which versions of which APIs each broker speaks.

use crate::Io;
use crate::client::To;
use crate::connect::{COMMAND_CONFIG, SERVER, connect};
use crate::options::Spec;
use crate::wrong::Wrong;

const SPEC: Spec = Spec {
    purpose: "This tool helps to retrieve broker version information.",
    opts: &[SERVER, COMMAND_CONFIG],
};

/// Every API between clients and brokers that Kafka 4.3.1's client knows: key, name, lowest and highest version.
const KNOWN: &[(i16, &str, i16, i16)] = &[
    (0, "Produce", 3, 13),
    (1, "Fetch", 4, 18),
    (2, "ListOffsets", 1, 11),
    (3, "Metadata", 0, 13),
    (8, "OffsetCommit", 2, 10),
    (9, "OffsetFetch", 1, 10),
    (10, "FindCoordinator", 0, 6),
    (11, "JoinGroup", 0, 9),
    (12, "Heartbeat", 0, 4),
    (13, "LeaveGroup", 0, 5),
    (14, "SyncGroup", 0, 5),
    (15, "DescribeGroups", 0, 6),
    (16, "ListGroups", 0, 5),
    (17, "SaslHandshake", 0, 1),
    (18, "ApiVersions", 0, 4),
    (19, "CreateTopics", 2, 7),
    (20, "DeleteTopics", 1, 6),
    (21, "DeleteRecords", 0, 2),
    (22, "InitProducerId", 0, 5),
    (23, "OffsetForLeaderEpoch", 2, 4),
    (24, "AddPartitionsToTxn", 0, 5),
    (25, "AddOffsetsToTxn", 0, 4),
    (26, "EndTxn", 0, 5),
    (27, "WriteTxnMarkers", 1, 2),
    (28, "TxnOffsetCommit", 0, 5),
    (29, "DescribeAcls", 1, 3),
    (30, "CreateAcls", 1, 3),
    (31, "DeleteAcls", 1, 3),
    (32, "DescribeConfigs", 1, 4),
    (33, "AlterConfigs", 0, 2),
    (34, "AlterReplicaLogDirs", 1, 2),
    (35, "DescribeLogDirs", 1, 5),
    (36, "SaslAuthenticate", 0, 2),
    (37, "CreatePartitions", 0, 3),
    (38, "CreateDelegationToken", 1, 3),
    (39, "RenewDelegationToken", 1, 2),
    (40, "ExpireDelegationToken", 1, 2),
    (41, "DescribeDelegationToken", 1, 3),
    (42, "DeleteGroups", 0, 2),
    (43, "ElectLeaders", 0, 2),
    (44, "IncrementalAlterConfigs", 0, 1),
    (45, "AlterPartitionReassignments", 0, 1),
    (46, "ListPartitionReassignments", 0, 0),
    (47, "OffsetDelete", 0, 0),
    (48, "DescribeClientQuotas", 0, 1),
    (49, "AlterClientQuotas", 0, 1),
    (50, "DescribeUserScramCredentials", 0, 0),
    (51, "AlterUserScramCredentials", 0, 0),
    (55, "DescribeQuorum", 0, 2),
    (57, "UpdateFeatures", 0, 2),
    (60, "DescribeCluster", 0, 2),
    (61, "DescribeProducers", 0, 0),
    (64, "UnregisterBroker", 0, 0),
    (65, "DescribeTransactions", 0, 0),
    (66, "ListTransactions", 0, 2),
    (68, "ConsumerGroupHeartbeat", 0, 1),
    (69, "ConsumerGroupDescribe", 0, 1),
    (71, "GetTelemetrySubscriptions", 0, 0),
    (72, "PushTelemetry", 0, 0),
    (74, "ListConfigResources", 0, 1),
    (75, "DescribeTopicPartitions", 0, 0),
    (76, "ShareGroupHeartbeat", 1, 1),
    (77, "ShareGroupDescribe", 1, 1),
    (78, "ShareFetch", 1, 2),
    (79, "ShareAcknowledge", 1, 2),
    (80, "AddRaftVoter", 0, 1),
    (81, "RemoveRaftVoter", 0, 0),
    (83, "InitializeShareGroupState", 0, 0),
    (84, "ReadShareGroupState", 0, 0),
    (85, "WriteShareGroupState", 0, 1),
    (86, "DeleteShareGroupState", 0, 0),
    (87, "ReadShareGroupStateSummary", 0, 1),
    (88, "StreamsGroupHeartbeat", 0, 0),
    (89, "StreamsGroupDescribe", 0, 0),
    (90, "DescribeShareGroupOffsets", 0, 1),
    (91, "AlterShareGroupOffsets", 0, 0),
    (92, "DeleteShareGroupOffsets", 0, 0),
];

/// Runs `kafka-broker-api-versions`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(format!("Exception in thread \"main\" {error}"));
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let parsed = SPEC.begin(args, io)?;
    parsed.require(&["bootstrap-server"]).map_err(Wrong::Usage)?;
    let mut client = connect(&parsed)?;
    // Kafka's tool tries each address once: health checks live by it.
    let deadline = crate::env::now() + client.config.request_timeout;
    if client.link(To::Any, deadline).is_err() {
        return Err(Wrong::thrown(
            "java.lang.RuntimeException",
            nobody(&client.config.bootstrap),
        ));
    }
    for node in client.brokers("describeCluster")? {
        let rack = node.rack.as_deref().unwrap_or("null");
        let head = format!(
            "{}:{} (id: {} rack: {rack} isFenced: false) -> ",
            node.host, node.port, node.id
        );
        let deadline = crate::env::now() + client.config.request_timeout;
        match client.link(To::Node(node.id), deadline) {
            Ok(link) => {
                io.say(format!("{head}("));
                let rows: Vec<(i16, i16, i16)> = link
                    .api_versions()
                    .api_keys
                    .iter()
                    .map(|row| (row.api_key, row.min_version, row.max_version))
                    .collect();
                io.say(lines(rows).join(",\n"));
                io.say(")");
            }
            Err(error) => io.say(format!("{head}ERROR: {error}")),
        }
    }
    Ok(())
}

/// What Kafka's tool says when no address answers.
fn nobody(bootstrap: &[String]) -> String {
    let nodes = bootstrap.iter().zip(1..);
    let nodes: Vec<String> = nodes
        .map(|(address, number)| format!("{address} (id: -{number} rack: null isFenced: false)"))
        .collect();
    format!("Request METADATA failed on brokers [{}]", nodes.join(", "))
}

/// A line for each API that the client knows or the broker has.
fn lines(told: Vec<(i16, i16, i16)>) -> Vec<String> {
    let range = |min: i16, max: i16| match min == max {
        true => min.to_string(),
        false => format!("{min} to {max}"),
    };
    let mut lines: Vec<(i16, String)> = Vec::new();
    for (key, name, min, max) in KNOWN {
        let line = match told.iter().find(|(told, _, _)| told == key) {
            None => format!("\t{name}({key}): UNSUPPORTED"),
            Some((_, low, high)) if high < min => {
                format!("\t{name}({key}): {} [unusable: node too old]", range(*low, *high))
            }
            Some((_, low, high)) if low > max => {
                format!("\t{name}({key}): {} [unusable: node too new]", range(*low, *high))
            }
            Some((_, low, high)) => format!(
                "\t{name}({key}): {} [usable: {}]",
                range(*low, *high),
                high.min(max)
            ),
        };
        lines.push((*key, line));
    }
    for (key, low, high) in told {
        if !KNOWN.iter().any(|(known, ..)| *known == key) {
            lines.push((key, format!("\tUNKNOWN({key}): {}", range(low, high))));
        }
    }
    lines.sort_by_key(|(key, _)| *key);
    lines.into_iter().map(|(_, line)| line).collect()
}
