//! `kafka-features`: shows, raises and lowers feature levels of a cluster.

use protocol_shim::messages::update_features_request::FeatureUpdateKey;
use protocol_shim::messages::{ApiVersionsRequest, ApiVersionsResponse, UpdateFeaturesRequest};
use protocol_shim::{ErrorCode, StrBytes};

use crate::client::{Client, ClientError, To};
use crate::connect::{COMMAND_CONFIG, CONTROLLER, SERVER, connect};
use crate::options::{Commands, Parsed, Spec, flag, opt};
use crate::wrong::Wrong;
use crate::{Io, versions};

const TOOL: Commands = Commands {
    name: "kafka-features",
    purpose: "This tool manages feature flags in Kafka.",
    options: "",
    commands: &[
        "describe",
        "upgrade",
        "downgrade",
        "disable",
        "version-mapping",
        "feature-dependencies",
    ],
    spec: Spec {
        purpose: "This tool manages feature flags in Kafka.",
        opts: &[
            SERVER,
            CONTROLLER,
            COMMAND_CONFIG,
            opt("node-id", "id", "With describe: the node to ask."),
            opt("metadata", "version", "Old way to name a metadata.version."),
            opt(
                "feature",
                "name=level",
                "A feature and its level; disable takes the name alone.",
            )
            .repeatable(),
            opt(
                "release-version",
                "version",
                "The release whose levels are meant.",
            ),
            flag("dry-run", "Change nothing."),
            flag("unsafe", "With downgrade: even if metadata is lost."),
        ],
    },
    help_code: 0,
};

/// First UpdateFeatures that tells kinds of changes, and can be asked without changing.
const TYPED: i16 = 1;

/// Runs `kafka-features`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => {
            let _ = write!(io.stderr, "Command line error: {sentence}. Type --help for help.");
            1
        }
        Err(Wrong::Thrown(error)) => {
            io.complain(&error.message);
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let parsed = TOOL.spec.parse(args).map_err(Wrong::Usage)?;
    if parsed.rest.is_empty() && !parsed.has("help") {
        return Err(Wrong::usage("too few arguments"));
    }
    let (command, parsed) = TOOL.read(args, io)?;
    match command {
        "version-mapping" => {
            let lines = versions::mapping(parsed.value("release-version")).map_err(Wrong::argument)?;
            lines.into_iter().for_each(|line| io.say(line));
            return Ok(());
        }
        "feature-dependencies" => {
            for feature in parsed.all("feature") {
                let (name, level) = versions::name_and_level(feature).map_err(Wrong::argument)?;
                let unknown = format!("No feature:{name} with feature level {level}");
                io.say(versions::dependencies(&name, level, unknown).map_err(Wrong::argument)?);
            }
            return Ok(());
        }
        _ => {}
    }
    let mut client = connect(&parsed)?;
    match command {
        "describe" => describe(&mut client, &parsed, io),
        command => update(&mut client, command, &parsed, io),
    }
}

fn describe(client: &mut Client, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let to = parsed.number("node-id").map_or(To::Any, To::Node);
    let told: ApiVersionsResponse = client.call("describeFeatures", to, |_| {
        ApiVersionsRequest::default()
            .with_client_software_name(StrBytes::from_static_str("ottla-tools"))
            .with_client_software_version(StrBytes::from_static_str(env!("CARGO_PKG_VERSION")))
    })?;
    ClientError::check(told.error_code, None)?;
    let mut supported = told.supported_features.clone();
    supported.sort_by(|a, b| a.name.cmp(&b.name));
    let epoch = match told.finalized_features_epoch {
        none if none < 0 => "-".to_owned(),
        epoch => epoch.to_string(),
    };
    for feature in supported {
        let level = |level: i16| match &*feature.name {
            "metadata.version" => {
                versions::metadata_name(level).map_or_else(|| format!("UNKNOWN [{level}]"), str::to_owned)
            }
            _ => level.to_string(),
        };
        let finalized = told
            .finalized_features
            .iter()
            .find(|known| known.name == feature.name);
        io.say(format!(
            "Feature: {:<42}SupportedMinVersion: {:<17}SupportedMaxVersion: {:<17}FinalizedVersionLevel: {:<17}Epoch: {epoch}",
            feature.name,
            level(feature.min_version),
            level(feature.max_version),
            level(finalized.map_or(0, |known| known.max_version_level)),
        ));
    }
    Ok(())
}

/// What is to become of which feature.
fn wanted(command: &str, parsed: &Parsed, io: &mut Io<'_>) -> Result<Vec<(String, i16)>, Wrong> {
    let mut out: Vec<(String, i16)> = Vec::new();
    if command == "disable" {
        out.extend(parsed.all("feature").map(|name| (name.to_owned(), 0)));
    } else {
        let level = |version: &str| {
            let found = versions::metadata_level(version);
            found.ok_or_else(|| Wrong::argument(versions::unknown(version, true)))
        };
        if let Some(version) = parsed.value("release-version") {
            if parsed.has("metadata") || parsed.has("feature") {
                return Err(Wrong::argument(
                    "Can not specify `release-version` with other feature flags.",
                ));
            }
            let metadata = level(version)?;
            out.push(("metadata.version".to_owned(), metadata));
            for (name, levels) in versions::FEATURES {
                let default = i16::try_from(versions::default_level(levels, metadata)).unwrap_or_default();
                if default > 0 || command == "downgrade" {
                    out.push((name.to_owned(), default));
                }
            }
        }
        if let Some(version) = parsed.value("metadata") {
            io.say(" `metadata` flag is deprecated and may be removed in a future release.");
            out.push(("metadata.version".to_owned(), level(version)?));
        }
        for feature in parsed.all("feature") {
            out.push(versions::name_and_level(feature).map_err(Wrong::argument)?);
        }
    }
    if out.is_empty() {
        return Err(Wrong::argument(format!(
            "You must specify at least one feature to {command}"
        )));
    }
    out.sort();
    Ok(out)
}

fn update(client: &mut Client, command: &str, parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let wanted = wanted(command, parsed, io)?;
    let is_dry = parsed.has("dry-run");
    let kind: i8 = match command {
        "upgrade" => 1,
        _ if parsed.has("unsafe") => 3,
        _ => 2,
    };
    let timeout = i32::try_from(client.config.request_timeout.as_millis()).unwrap_or(i32::MAX);
    let response = client.call("updateFeatures", To::Controller, |version| {
        let change = |(name, level): &(String, i16)| {
            let update = FeatureUpdateKey::default()
                .with_feature(StrBytes::from_string(name.clone()))
                .with_max_version_level(*level);
            match version {
                version if version < TYPED => update.with_allow_downgrade(kind > 1),
                _ => update.with_upgrade_type(kind),
            }
        };
        let request = UpdateFeaturesRequest::default()
            .with_timeout_ms(timeout)
            .with_feature_updates(wanted.iter().map(change).collect());
        match version {
            version if version < TYPED => request,
            _ => request.with_validate_only(is_dry),
        }
    })?;
    let mut failed = 0;
    for (name, level) in &wanted {
        let own = response.results.iter().find(|result| *result.feature == **name);
        let error = match ErrorCode::from_code(response.error_code) {
            Some(ErrorCode::None) => {
                own.and_then(|result| ClientError::of(result.error_code, result.error_message.as_deref()))
            }
            _ => ClientError::of(response.error_code, response.error_message.as_deref()),
        };
        failed += usize::from(error.is_some());
        let line = outcome(command, name, *level, is_dry, error.as_ref());
        io.say(line);
    }
    match failed {
        0 => Ok(()),
        failed => Err(Wrong::argument(format!(
            "{failed} out of {} operation(s) failed.",
            wanted.len()
        ))),
    }
}

fn outcome(command: &str, name: &str, level: i16, is_dry: bool, error: Option<&ClientError>) -> String {
    let to = match command {
        "disable" => String::new(),
        _ => format!(" to {level}"),
    };
    let done = if command == "disable" {
        "disabled".to_owned()
    } else {
        format!("{command}d")
    };
    match (error, is_dry) {
        (None, true) => format!("{name} can be {done}{to}."),
        (None, false) => format!("{name} was {done}{to}."),
        (Some(error), true) => format!("Can not {command} {name}{to}. {}", error.message),
        (Some(error), false) => format!("Could not {command} {name}{to}. {}", error.message),
    }
}
