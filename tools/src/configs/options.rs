//! The command line of `kafka-configs`.

use super::entity::Entities;
use crate::Io;
use crate::connect::{COMMAND_CONFIG, CONTROLLER, SERVER};
use crate::options::{Parsed, Spec, flag, opt};
use crate::wrong::Wrong;

pub(super) const SPEC: Spec = Spec {
    purpose: "This tool helps to manipulate and describe entity config for a topic, client, user, broker, ip, \
        client-metrics or group",
    opts: &[
        SERVER,
        CONTROLLER,
        COMMAND_CONFIG,
        flag("alter", "Change configs."),
        flag("describe", "Show configs that somebody set."),
        flag("all", "With --describe: show every config."),
        opt(
            "entity-type",
            "type",
            "What has the configs; with users, clients may be named besides.",
        )
        .repeatable(),
        opt("entity-name", "name", "Its name.").repeatable(),
        flag("entity-default", "The default of its kind."),
        opt(
            "add-config",
            "k1=v1,k2=[v1,v2]",
            "Configs to set; lists stand in square brackets.",
        ),
        opt("add-config-file", "file", "Properties file with configs to set."),
        opt("delete-config", "k1,k2", "Configs to take back.").repeatable(),
        opt("topic", "name", "Short for --entity-type topics --entity-name."),
        opt("client", "id", "Short for --entity-type clients --entity-name."),
        flag(
            "client-defaults",
            "Short for --entity-type clients --entity-default.",
        ),
        opt("user", "name", "Short for --entity-type users --entity-name."),
        flag("user-defaults", "Short for --entity-type users --entity-default."),
        opt("broker", "id", "Short for --entity-type brokers --entity-name."),
        flag(
            "broker-defaults",
            "Short for --entity-type brokers --entity-default.",
        ),
        opt(
            "broker-logger",
            "id",
            "Short for --entity-type broker-loggers --entity-name.",
        ),
        opt("ip", "address", "Short for --entity-type ips --entity-name."),
        flag("ip-defaults", "Short for --entity-type ips --entity-default."),
        opt("group", "id", "Short for --entity-type groups --entity-name."),
        opt(
            "client-metrics",
            "name",
            "Short for --entity-type client-metrics --entity-name.",
        ),
    ],
};

/// Reads and checks the command line.
pub(super) fn read(args: &[String], io: &mut Io<'_>) -> Result<(Parsed, Entities), Wrong> {
    let parsed = SPEC.parse(args).map_err(Wrong::argument)?;
    let parsed = SPEC.answer_help(parsed, io)?;
    if parsed.has("alter") == parsed.has("describe") {
        return Err(Wrong::usage(
            "Command must include exactly one action: --describe, --alter",
        ));
    }
    parsed
        .exclude("describe", &["alter", "add-config", "delete-config"])
        .map_err(Wrong::Usage)?;
    let entities = Entities::read(&parsed)?;
    match (parsed.has("bootstrap-server"), parsed.has("bootstrap-controller")) {
        (true, true) => {
            return Err(Wrong::argument(
                "Only one of --bootstrap-server or --bootstrap-controller can be specified",
            ));
        }
        (false, false) => {
            return Err(Wrong::argument(
                "Either --bootstrap-server or --bootstrap-controller must be specified.",
            ));
        }
        _ => {}
    }
    entities.check_names()?;
    if parsed.has("alter") {
        check_alter(&parsed, &entities)?;
    }
    Ok((parsed, entities))
}

fn check_alter(parsed: &Parsed, entities: &Entities) -> Result<(), Wrong> {
    let by_name = !["users", "clients", "brokers", "ips"].contains(&entities.head_type());
    if by_name && entities.head_name().is_none_or(str::is_empty) {
        return Err(Wrong::argument(format!(
            "An entity name must be specified with --alter of {}",
            entities.types().collect::<Vec<_>>().join(",")
        )));
    }
    let named = entities.0.iter().filter(|(_, name)| name.is_some()).count();
    if !by_name && named < entities.0.len() {
        return Err(Wrong::argument(match named {
            0 => {
                "An entity-name or default entity must be specified with --alter of users, clients, brokers or ips"
            }
            _ => "An entity name must be specified for every entity type",
        }));
    }
    match (parsed.has("add-config"), parsed.has("add-config-file")) {
        (true, true) => Err(Wrong::argument(
            "Only one of --add-config or --add-config-file must be specified",
        )),
        (false, false) if !parsed.has("delete-config") => Err(Wrong::argument(
            "At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter",
        )),
        _ => Ok(()),
    }
}
