//! `kafka-metadata-quorum`: who keeps the metadata log, and how far each is.

use protocol_shim::StrBytes;
use protocol_shim::messages::describe_quorum_request::{PartitionData, TopicData};
use protocol_shim::messages::describe_quorum_response::{Listener, PartitionData as Quorum, ReplicaState};
use protocol_shim::messages::{DescribeQuorumRequest, DescribeQuorumResponse, TopicName};

use crate::Io;
use crate::client::{Client, ClientError, To};
use crate::connect::{COMMAND_CONFIG, CONTROLLER, SERVER, connect};
use crate::options::{Commands, Spec, flag, opt};
use crate::wrong::Wrong;

const TOOL: Commands = Commands {
    name: "kafka-metadata-quorum",
    purpose: "This tool describes kraft metadata quorum status.",
    options: "",
    commands: &["describe", "add-controller", "remove-controller"],
    spec: Spec {
        purpose: "This tool describes kraft metadata quorum status.",
        opts: &[
            SERVER,
            CONTROLLER,
            COMMAND_CONFIG,
            flag("status", "A summary."),
            flag("replication", "Each replica with its lag."),
            flag("human-readable", "With --replication: times as time passed.").or(&["hr"]),
            opt("controller-id", "id", "The controller to remove.").or(&["i"]),
            opt(
                "controller-directory-id",
                "id",
                "The folder of the controller to remove.",
            )
            .or(&["d"]),
            flag("dry-run", "Change nothing."),
        ],
    },
    help_code: 0,
};

/// Runs `kafka-metadata-quorum`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => TOOL.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) if error.class == PLAIN => {
            io.complain(&error.message);
            1
        }
        Err(Wrong::Thrown(error)) => {
            io.complain(&error);
            1
        }
    }
}

/// Of these only the message is shown.
const PLAIN: &str = "org.apache.kafka.server.util.TerseException";

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let (command, parsed) = TOOL.read(args, io)?;
    let thrown = |sentence: String| Wrong::thrown(PLAIN, sentence);
    let terse = |sentence: &str| Err(Wrong::thrown(PLAIN, sentence));
    if !parsed.has("bootstrap-server") && !parsed.has("bootstrap-controller") {
        return Err(Wrong::usage(
            "one of the arguments --bootstrap-server --bootstrap-controller is required",
        ));
    }
    match command {
        "describe" => {}
        "add-controller" => return crate::quorum_change::add(&parsed, io, &thrown),
        _ => return crate::quorum_change::remove(&parsed, io, &thrown),
    }
    match (parsed.has("status"), parsed.has("replication")) {
        (true, true) => {
            return terse(
                "Only one of --status or --replication should be specified with describe sub-command",
            );
        }
        (false, false) => {
            return terse("One of --status or --replication must be specified with describe sub-command");
        }
        (true, _) if parsed.has("human-readable") => {
            return terse("The option --human-readable is only supported along with --replication");
        }
        _ => {}
    }
    let mut client = connect(&parsed)?;
    let (response, quorum) = ask(&mut client)?;
    match parsed.has("status") {
        true => status(&mut client, &response, &quorum, io),
        false => {
            replication(&quorum, parsed.has("human-readable"), io);
            Ok(())
        }
    }
}

fn ask(client: &mut Client) -> Result<(DescribeQuorumResponse, Quorum), Wrong> {
    let response = client.call("describeMetadataQuorum", To::Any, |_| {
        let topic = TopicData::default()
            .with_topic_name(TopicName(StrBytes::from_static_str("__cluster_metadata")))
            .with_partitions(vec![PartitionData::default()]);
        DescribeQuorumRequest::default().with_topics(vec![topic])
    })?;
    ClientError::check(response.error_code, response.error_message.as_deref())?;
    let quorum = response
        .topics
        .first()
        .and_then(|topic| topic.partitions.first())
        .cloned()
        .unwrap_or_default();
    ClientError::check(quorum.error_code, quorum.error_message.as_deref())?;
    Ok((response, quorum))
}

fn status(
    client: &mut Client,
    response: &DescribeQuorumResponse,
    quorum: &Quorum,
    io: &mut Io<'_>,
) -> Result<(), Wrong> {
    let cluster = crate::cluster::id(client)?;
    let leader = quorum
        .current_voters
        .iter()
        .find(|voter| voter.replica_id == quorum.leader_id);
    let end = leader.map_or(0, |leader| leader.log_end_offset);
    let slowest = quorum
        .current_voters
        .iter()
        .min_by_key(|voter| voter.log_end_offset);
    let lag = slowest.map_or(0, |slowest| end - slowest.log_end_offset);
    let caught_up = |state: &ReplicaState| state.last_caught_up_timestamp;
    let lag_ms = match (leader, slowest) {
        (Some(_), Some(slowest)) if lag == 0 && slowest.replica_id == quorum.leader_id => 0,
        (Some(_), Some(_)) if lag == 0 => 0,
        (Some(leader), Some(slowest)) => caught_up(leader) - caught_up(slowest),
        _ => -1,
    };
    io.say(format!("ClusterId:              {cluster}"));
    io.say(format!("LeaderId:               {}", quorum.leader_id.0));
    io.say(format!("LeaderEpoch:            {}", quorum.leader_epoch));
    io.say(format!("HighWatermark:          {}", quorum.high_watermark));
    io.say(format!("MaxFollowerLag:         {lag}"));
    io.say(format!("MaxFollowerLagTimeMs:   {lag_ms}"));
    io.say(format!(
        "CurrentVoters:          [{}]",
        members(&quorum.current_voters, response)
    ));
    io.say(format!(
        "CurrentObservers:       [{}]",
        members(&quorum.observers, response)
    ));
    Ok(())
}

/// Replicas as JSON, with endpoints where the answer has them.
fn members(states: &[ReplicaState], response: &DescribeQuorumResponse) -> String {
    let shown = states.iter().map(|state| {
        let mut fields = vec![format!("\"id\": {}", state.replica_id.0)];
        if !state.replica_directory_id.is_nil() {
            let id = storage::encode_uuid(state.replica_directory_id);
            fields.push(format!("\"directoryId\": \"{id}\""));
        }
        let node = response
            .nodes
            .iter()
            .find(|node| node.node_id == state.replica_id);
        if let Some(node) = node.filter(|node| !node.listeners.is_empty()) {
            let endpoint = |listener: &Listener| {
                let host = match listener.host.contains(':') {
                    true => format!("[{}]", listener.host),
                    false => listener.host.to_string(),
                };
                format!("\"{}://{host}:{}\"", listener.name, listener.port)
            };
            let endpoints: Vec<String> = node.listeners.iter().map(endpoint).collect();
            fields.push(format!("\"endpoints\": [{}]", endpoints.join(", ")));
        }
        format!("{{{}}}", fields.join(", "))
    });
    crate::java::joined(shown, ", ")
}

fn replication(quorum: &Quorum, is_human: bool, io: &mut Io<'_>) {
    let leader = quorum
        .current_voters
        .iter()
        .find(|voter| voter.replica_id == quorum.leader_id);
    let end = leader.map_or(0, |leader| leader.log_end_offset);
    let now = crate::env::now_ms();
    let time = |ms: i64| match is_human {
        true if ms >= 0 => format!("{} ms ago", now - ms),
        _ => ms.to_string(),
    };
    let row = |state: &ReplicaState, status: &str| {
        [
            state.replica_id.0.to_string(),
            storage::encode_uuid(state.replica_directory_id),
            state.log_end_offset.to_string(),
            (end - state.log_end_offset).to_string(),
            time(state.last_fetch_timestamp),
            time(state.last_caught_up_timestamp),
            status.to_owned(),
        ]
    };
    let head = [
        "NodeId",
        "DirectoryId",
        "LogEndOffset",
        "Lag",
        "LastFetchTimestamp",
        "LastCaughtUpTimestamp",
        "Status",
    ];
    let mut rows = Vec::new();
    rows.extend(leader.map(|leader| row(leader, "Leader")));
    let followers = quorum
        .current_voters
        .iter()
        .filter(|voter| voter.replica_id != quorum.leader_id);
    rows.extend(followers.map(|voter| row(voter, "Follower")));
    rows.extend(quorum.observers.iter().map(|observer| row(observer, "Observer")));
    io.columns(head, &rows);
}
