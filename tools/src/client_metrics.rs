//! `kafka-client-metrics`: subscriptions to metrics of clients (KIP-714).

use protocol_shim::messages::ListConfigResourcesRequest;

use crate::client::{Change, Client, ClientError, ConfigChange, Kind, To};
use crate::connect::{COMMAND_CONFIG, SERVER, connect};
use crate::options::{Parsed, Spec, flag, opt};
use crate::wrong::Wrong;
use crate::{Io, java};

const SPEC: Spec = Spec {
    purpose: "This tool helps to manipulate and describe client metrics configurations.",
    opts: &[
        SERVER,
        COMMAND_CONFIG,
        flag("alter", "Make or change a subscription."),
        flag("delete", "Delete a subscription."),
        flag("describe", "Show subscriptions with their configs."),
        flag("list", "List the names of subscriptions."),
        opt("name", "name", "The subscription."),
        flag("generate-name", "With --alter: make a name up."),
        opt("interval", "ms", "How often clients push; empty takes it back."),
        opt("match", "key=pattern,…", "Which clients; empty takes it back.").repeatable(),
        opt("metrics", "prefix,…", "Which metrics; empty takes it back.").repeatable(),
    ],
};

const ACTIONS: [&str; 4] = ["alter", "delete", "describe", "list"];
/// The configs of a subscription by the option that sets them.
const CONFIGS: [(&str, &str); 3] = [
    ("interval", "interval.ms"),
    ("match", "match"),
    ("metrics", "metrics"),
];

/// Runs `kafka-client-metrics`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let prepared = read(args, io).and_then(|parsed| Ok((connect(&parsed)?, parsed)));
    let (mut client, parsed) = match prepared {
        Ok(prepared) => prepared,
        Err(Wrong::Usage(sentence)) => return SPEC.refuse(io, &sentence),
        Err(Wrong::Code(code)) => return code,
        Err(Wrong::Thrown(error)) => {
            io.complain(&error.message);
            io.complain(&error);
            return 1;
        }
    };
    let done = if parsed.has("alter") {
        alter(&mut client, &parsed, io)
    } else if parsed.has("delete") {
        delete(&mut client, &parsed, io)
    } else if parsed.has("describe") {
        describe(&mut client, &parsed, io)
    } else {
        names(&mut client).map(|names| io.say(java::joined(names, "\n")))
    };
    match done {
        Ok(()) => 0,
        Err(error) => {
            io.say(format!(
                "Error while executing client metrics command : {}",
                error.message
            ));
            io.complain(format!("ERROR {error}"));
            1
        }
    }
}

fn read(args: &[String], io: &mut Io<'_>) -> Result<Parsed, Wrong> {
    let parsed = SPEC.parse(args).map_err(Wrong::argument)?;
    let parsed = SPEC.answer_help(parsed, io)?;
    if ACTIONS.iter().filter(|action| parsed.has(action)).count() != 1 {
        return Err(Wrong::usage(
            "Command must include exactly one action: --alter, --delete, --describe or --list.",
        ));
    }
    if !parsed.has("bootstrap-server") {
        return Err(Wrong::argument("--bootstrap-server must be specified."));
    }
    let named = parsed.has("name");
    if parsed.has("alter") && named == parsed.has("generate-name") {
        return Err(Wrong::argument(match named {
            true => "Only one of --name or --generate-name can be specified.",
            false => "One of --name or --generate-name must be specified with --alter.",
        }));
    }
    if parsed.has("delete") && !named {
        return Err(Wrong::argument(
            "A client metrics resource name must be specified with --delete.",
        ));
    }
    Ok(parsed)
}

fn alter(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), ClientError> {
    let name = match parsed.value("name") {
        Some(name) => name.to_owned(),
        None => storage::encode_uuid(crate::env::random_uuid()),
    };
    let mut changes: Vec<ConfigChange> = Vec::new();
    for (option, config) in CONFIGS {
        if !parsed.has(option) {
            continue;
        }
        let value = java::joined(parsed.all(option), ",");
        let change = match value.is_empty() {
            true => (config.to_owned(), Change::Delete, None),
            false => (config.to_owned(), Change::Set, Some(value)),
        };
        changes.push(change);
    }
    client.alter_configs(Kind::ClientMetrics, &name, &changes, false)?;
    io.say(format!("Altered client metrics config for {name}."));
    Ok(())
}

fn delete(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), ClientError> {
    let name = parsed.value("name").unwrap_or_default().to_owned();
    let described = client.describe_configs(Kind::ClientMetrics, std::slice::from_ref(&name), false)?;
    let entries = described.iter().flat_map(|result| &result.configs);
    let changes: Vec<ConfigChange> = entries
        .map(|entry| (entry.name.to_string(), Change::Delete, None))
        .collect();
    client.alter_configs(Kind::ClientMetrics, &name, &changes, false)?;
    io.say(format!("Deleted client metrics config for {name}."));
    Ok(())
}

fn describe(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), ClientError> {
    let known = names(client)?;
    let wanted = match parsed.value("name") {
        Some(name) if !known.iter().any(|known| known == name) => {
            io.say(format!(
                "The client metric resource {name} doesn't exist and doesn't have dynamic config."
            ));
            return Ok(());
        }
        Some(name) => vec![name.to_owned()],
        None => known,
    };
    for name in wanted {
        io.say(format!("Client metrics configs for {name} are:"));
        let described = client.describe_configs(Kind::ClientMetrics, &[name], false)?;
        let mut lines: Vec<String> = described
            .iter()
            .flat_map(|result| &result.configs)
            .map(|entry| format!("  {}={}", entry.name, entry.value.as_deref().unwrap_or_default()))
            .collect();
        lines.sort();
        for line in lines {
            io.say(line);
        }
    }
    Ok(())
}

fn names(client: &mut Client) -> Result<Vec<String>, ClientError> {
    let kind = Kind::ClientMetrics as i8;
    let response = client.call("listConfigResources", To::Any, |version| match version {
        0 => ListConfigResourcesRequest::default(),
        _ => ListConfigResourcesRequest::default().with_resource_types(vec![kind]),
    })?;
    ClientError::check(response.error_code, None)?;
    let resources = response.config_resources.iter();
    Ok(resources
        .filter(|listed| listed.resource_type == kind)
        .map(|listed| listed.resource_name.to_string())
        .collect())
}
