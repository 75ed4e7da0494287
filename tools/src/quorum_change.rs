//! `kafka-metadata-quorum add-controller` and `remove-controller`, up to the request that would change the voters.

use std::path::Path;

use crate::connect::command_config;
use crate::options::Parsed;
use crate::properties::Properties;
use crate::storage_tool::META_PROPERTIES;
use crate::wrong::Wrong;
use crate::{Io, env};

/// What both say of a quorum whose voters cannot be told to change.
const NOT_SPOKEN: &str = "Changing the voters is not spoken by this tool.";

/// `add-controller`: the controller is the one whose properties file was given.
pub(crate) fn add(parsed: &Parsed, io: &mut Io<'_>, terse: &dyn Fn(String) -> Wrong) -> Result<(), Wrong> {
    let Some(file) = parsed.value("command-config") else {
        return Err(terse(
            "You must supply the configuration file of the controller you are adding when using add-controller.".to_owned(),
        ));
    };
    if !env::exists(Path::new(file)) {
        return Err(terse(format!("Properties file {file} does not exists!")));
    }
    let config = command_config(Some(file))?;
    let id = controller_id(&config).map_err(terse)?;
    let directory = directory_id(&config).map_err(terse)?;
    let endpoints = endpoints(&config).map_err(terse)?;
    if !parsed.has("dry-run") {
        return Err(terse(NOT_SPOKEN.to_owned()));
    }
    io.say(format!(
        "DRY RUN of adding controller {id} with directory id {directory} and endpoints: {}",
        endpoints.join(", ")
    ));
    Ok(())
}

/// `remove-controller`.
pub(crate) fn remove(parsed: &Parsed, io: &mut Io<'_>, terse: &dyn Fn(String) -> Wrong) -> Result<(), Wrong> {
    let needed = ["controller-directory-id", "controller-id"];
    if let Some(missing) = needed.iter().find(|name| !parsed.has(name)) {
        let short = missing.get(11..12).unwrap_or_default();
        return Err(Wrong::usage(format!("argument --{missing}/-{short} is required")));
    }
    let text = parsed.value("controller-id").unwrap_or_default();
    let id: i32 = text.parse().map_err(|_| {
        Wrong::usage(format!(
            "argument --controller-id/-i: could not convert '{text}' to Integer (For input string: \"{text}\")"
        ))
    })?;
    if id < 0 {
        return Err(terse(format!("Invalid negative --controller-id: {id}")));
    }
    let directory = parsed.value("controller-directory-id").unwrap_or_default();
    let Some(directory) = storage::decode_uuid(directory) else {
        return Err(terse(format!(
            "Failed to parse --controller-directory-id: Input string `{directory}` is not 16 bytes of a base64-encoded UUID"
        )));
    };
    if !parsed.has("dry-run") {
        return Err(terse(NOT_SPOKEN.to_owned()));
    }
    io.say(format!(
        "DRY RUN of removing  KRaft controller {id} with directory id {}",
        storage::encode_uuid(directory)
    ));
    Ok(())
}

fn controller_id(config: &Properties) -> Result<i32, String> {
    let asking = "Is this a valid controller configuration file?";
    let roles = config.get("process.roles").unwrap_or_default();
    if !roles.split(',').any(|role| role.trim() == "controller") {
        return Err(format!(
            "process.roles did not contain 'controller' in configuration file. {asking}"
        ));
    }
    let id = config.get("node.id").and_then(|id| id.trim().parse().ok());
    id.ok_or(format!("node.id not found in configuration file. {asking}"))
}

fn directory_id(config: &Properties) -> Result<String, String> {
    let first = config
        .get("log.dirs")
        .map(|list| list.split(',').next().unwrap_or_default());
    let folder = config.get("metadata.log.dir").or(first).ok_or(
        "Neither metadata.log.dir nor log.dirs were found. Is this a valid controller configuration file?",
    )?;
    let unreadable = || format!("Unable to read meta.properties from {folder}");
    let text = env::read_text(&Path::new(folder).join(META_PROPERTIES)).map_err(|_| unreadable())?;
    let id = Properties::parse(&text).get("directory.id").map(str::to_owned);
    id.ok_or_else(|| format!("No directory id found in {folder}"))
}

/// The addresses of the controller's listeners, as `NAME://host:port`.
fn endpoints(config: &Properties) -> Result<Vec<String>, String> {
    let names = config
        .get("controller.listener.names")
        .ok_or("controller.listener.names was not found. Is this a valid controller configuration file?")?;
    let lists = ["advertised.listeners", "listeners"].map(|key| config.get(key).unwrap_or_default());
    let address_of = |name: &str| {
        let mut all = lists.iter().flat_map(|list| list.split(',')).map(str::trim);
        let found = all.find(|address| address.split("://").next() == Some(name));
        found.map(str::to_owned).ok_or(format!(
            "Cannot find information about controller listener name: {name}"
        ))
    };
    names.split(',').map(|name| address_of(name.trim())).collect()
}
