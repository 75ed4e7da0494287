//! `kafka-groups`: lists groups of all kinds (`GroupsCommand`).

use std::time::Duration;

use crate::Io;
use crate::client::{Client, ClientConfig, ClientError};
use crate::group_admin::{Listing, Wanted};
use crate::log_line::log;
use crate::options::{Parsed, Spec, flag, opt};
use crate::properties::Properties;

const SPEC: Spec = Spec {
    purpose: "This tool helps to list groups of all types.",
    opts: &[
        opt("bootstrap-server", "host:port,...", "The brokers to connect to."),
        opt("command-config", "file", "Properties of the client."),
        flag(
            "consumer",
            "Only groups of consumers, of the classic or the new protocol.",
        ),
        opt(
            "group-type",
            "type",
            "Only groups of this type: classic, consumer, share or streams.",
        ),
        flag("list", "List groups."),
        opt("protocol", "protocol", "Only groups of this protocol."),
        flag("share", "Only share groups."),
        flag("streams", "Only streams groups."),
    ],
};
const TYPES: [&str; 4] = ["Classic", "Consumer", "Share", "Streams"];
/// How long Kafka's tool waits.
const WAIT: Duration = Duration::from_secs(30);
/// Narrowest column.
const COLUMN: usize = 20;

/// Runs it.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let given = match SPEC.parse(args) {
        Ok(given) => given,
        Err(wrong) => return SPEC.refuse(io, &wrong),
    };
    let is_help = given.word_count == 0 || given.has("help") || given.has("version");
    if !is_help && !given.has("bootstrap-server") {
        return SPEC.refuse(io, "Missing required option(s) [bootstrap-server]");
    }
    if is_help {
        return SPEC.begin(args, io).err().unwrap_or(1);
    }
    if !given.has("list") {
        return SPEC.refuse(io, "Command must include exactly one action: --list.");
    }
    if given.has("group-type") && kind(&given).is_none() {
        let sentence = "--group-type must be a valid group type.";
        io.complain(sentence);
        io.complain(format!("java.lang.IllegalArgumentException: {sentence}"));
        return 1;
    }
    let filters = ["consumer", "share", "streams"];
    for filter in filters {
        let others = ["consumer", "group-type", "protocol", "share", "streams"];
        if let Err(wrong) = given.exclude(filter, &others) {
            return SPEC.refuse(io, &wrong);
        }
    }
    match found(&given) {
        Ok(found) => {
            print(
                &found
                    .into_iter()
                    .filter(|one| is_wanted(&given, one))
                    .collect::<Vec<_>>(),
                io,
            );
            0
        }
        Err(error) => {
            io.say(format!(
                "Error while executing groups command : {}",
                error.message
            ));
            log(
                io,
                "ERROR",
                &error.to_string(),
                "org.apache.kafka.tools.GroupsCommand",
            );
            1
        }
    }
}

fn kind(given: &Parsed) -> Option<&'static str> {
    let wanted = given.value("group-type")?;
    TYPES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(wanted))
        .copied()
}

fn found(given: &Parsed) -> Result<Vec<Listing>, ClientError> {
    let properties = match given.value("command-config").map(Properties::load) {
        None => Properties::default(),
        Some(loaded) => {
            loaded.map_err(|error| ClientError::foreign("java.nio.file.NoSuchFileException", error))?
        }
    };
    let server = given.value("bootstrap-server").unwrap_or_default();
    let mut config = ClientConfig::new(server, &properties)?;
    config.api_timeout = config.api_timeout.min(WAIT);
    Client::new(config).list_groups(&Wanted::default())
}

fn is_wanted(given: &Parsed, one: &Listing) -> bool {
    let is = |kind: &str| one.kind.as_deref() == Some(kind);
    let speaks = |protocol: Option<&str>| protocol.is_none_or(|protocol| protocol == one.protocol);
    if let Some(kind) = kind(given) {
        return is(kind) && speaks(given.value("protocol"));
    }
    if given.has("protocol") {
        return speaks(given.value("protocol"));
    }
    if given.has("consumer") {
        return one.protocol == "consumer" || one.protocol.is_empty() || is("Consumer");
    }
    (!given.has("share") || is("Share")) && (!given.has("streams") || is("Streams"))
}

fn print(found: &[Listing], io: &mut Io<'_>) {
    let cells = |one: &Listing| {
        [
            one.group.clone(),
            one.kind.clone().unwrap_or_default(),
            one.protocol.clone(),
        ]
    };
    let width = found
        .iter()
        .flat_map(cells)
        .map(|cell| cell.len())
        .max()
        .unwrap_or(0)
        .max(COLUMN);
    io.say(format!(
        "{:<width$} {:<width$} {:<width$}",
        "GROUP", "TYPE", "PROTOCOL"
    ));
    for one in found {
        let line: String = cells(one).iter().map(|cell| format!("{cell:<width$} ")).collect();
        io.say(line);
    }
}
