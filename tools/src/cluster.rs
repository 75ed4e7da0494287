//! `kafka-cluster`: the cluster's id, its endpoints, and brokers that are gone for good.

use protocol_shim::ErrorCode;
use protocol_shim::messages::{
    BrokerId, DescribeClusterRequest, DescribeClusterResponse, UnregisterBrokerRequest,
};

use crate::Io;
use crate::client::{Client, ClientError, To};
use crate::connect::{COMMAND_CONFIG, CONTROLLER, SERVER, connect};
use crate::options::{Commands, Spec, flag, opt};
use crate::wrong::Wrong;

const TOOL: Commands = Commands {
    name: "kafka-cluster",
    purpose: "The Kafka cluster tool.",
    options: "",
    commands: &["cluster-id", "unregister", "list-endpoints"],
    spec: Spec {
        purpose: "The Kafka cluster tool.",
        opts: &[
            SERVER.or(&["b"]),
            CONTROLLER.or(&["C"]),
            COMMAND_CONFIG,
            opt("config", "file", "Old name of --command-config.").or(&["c"]),
            opt("id", "id", "The broker to unregister.").or(&["i"]),
            flag("include-fenced-brokers", "List brokers that are fenced, too."),
        ],
    },
    help_code: 1,
};

/// First DescribeCluster that tells of fenced brokers.
const FENCED: i16 = 2;
/// First DescribeCluster that tells brokers from controllers.
const ENDPOINTS: i16 = 1;
/// Brokers, and controllers.
const BROKER: i8 = 1;
const CONTROLLERS: i8 = 2;

/// Runs `kafka-cluster`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => TOOL.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(&error);
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let (command, mut parsed) = TOOL.read(args, io)?;
    if !parsed.has("bootstrap-server") && !parsed.has("bootstrap-controller") {
        return Err(Wrong::usage(
            "one of the arguments --bootstrap-server/-b --bootstrap-controller/-C is required",
        ));
    }
    let id = match (command, parsed.value("id")) {
        ("unregister", None) => return Err(Wrong::usage("argument --id/-i is required")),
        ("unregister", Some(text)) => text.parse::<i32>().map_err(|_| {
            Wrong::usage(format!(
                "argument --id/-i: could not convert '{text}' to Integer (For input string: \"{text}\")"
            ))
        })?,
        _ => -1,
    };
    parsed.rename("config", "command-config");
    let mut client = connect(&parsed)?;
    match command {
        "cluster-id" => {
            let described = describe(&mut client, false)?;
            io.say(format!("Cluster ID: {}", described.cluster_id));
        }
        "unregister" => unregister(&mut client, id, io)?,
        _ => endpoints(&mut client, parsed.has("include-fenced-brokers"), io)?,
    }
    Ok(())
}

/// The cluster's id.
///
/// # Errors
/// As [`Client::call`].
pub(crate) fn id(client: &mut Client) -> Result<String, Wrong> {
    Ok(describe(client, false)?.cluster_id.to_string())
}

fn describe(client: &mut Client, with_fenced: bool) -> Result<DescribeClusterResponse, Wrong> {
    let kind = if client.config.is_controller {
        CONTROLLERS
    } else {
        BROKER
    };
    let response = client.call("listNodes", To::Any, |version| {
        let request = DescribeClusterRequest::default();
        let request = match version {
            version if version < ENDPOINTS => request,
            _ => request.with_endpoint_type(kind),
        };
        match version {
            version if version < FENCED => request,
            _ => request.with_include_fenced_brokers(with_fenced),
        }
    })?;
    ClientError::check(response.error_code, response.error_message.as_deref())?;
    Ok(response)
}

fn unregister(client: &mut Client, id: i32, io: &mut Io<'_>) -> Result<(), Wrong> {
    let asked = client.call("unregisterBroker", To::Any, |_| {
        UnregisterBrokerRequest::default().with_broker_id(BrokerId(id))
    });
    let checked =
        asked.and_then(|response| ClientError::check(response.error_code, response.error_message.as_deref()));
    match checked {
        Ok(()) => {
            io.say(format!("Broker {id} is no longer registered."));
            Ok(())
        }
        Err(error)
            if error.simple_class() == "UnsupportedVersionException"
                || error.is(ErrorCode::UnsupportedVersion) =>
        {
            io.say("The target cluster does not support the broker unregistration API.");
            Err(Wrong::Code(1))
        }
        Err(error) => Err(error.into()),
    }
}

fn endpoints(client: &mut Client, with_fenced: bool, io: &mut Io<'_>) -> Result<(), Wrong> {
    let is_controller = client.config.is_controller;
    if is_controller && with_fenced {
        return Err(Wrong::argument(
            "The option --include-fenced-brokers is only supported with --bootstrap-server option",
        ));
    }
    let described = describe(client, with_fenced)?;
    let width = described
        .brokers
        .iter()
        .map(|broker| broker.host.len())
        .max()
        .unwrap_or(0)
        .max(4);
    let state = |text: &str| match is_controller {
        true => String::new(),
        false => format!("{text:<10} "),
    };
    let line = |id: &str, host: &str, port: &str, rack: &str, status: &str, kind: &str| {
        format!(
            "{id:<10} {host:<width$} {port:<10} {rack:<10} {}{kind:<15}",
            state(status)
        )
    };
    io.say(line("ID", "HOST", "PORT", "RACK", "STATE", "ENDPOINT_TYPE"));
    for broker in &described.brokers {
        io.say(line(
            &broker.broker_id.0.to_string(),
            &broker.host,
            &broker.port.to_string(),
            broker.rack.as_deref().unwrap_or("null"),
            if broker.is_fenced { "fenced" } else { "unfenced" },
            if is_controller { "controller" } else { "broker" },
        ));
    }
    Ok(())
}
