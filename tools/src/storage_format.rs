//! `kafka-storage format`: what it checks, says and writes.

use std::path::{Path, PathBuf};

use storage::{Voter, VoterEndpoint};
use uuid::Uuid;

use crate::bootstrap_file::{BOOTSTRAP, FIRST_SNAPSHOT, bootstrap, first_snapshot};
use crate::options::Parsed;
use crate::properties::Properties;
use crate::storage_tool::{META_PROPERTIES, config, folders, terse};
use crate::wrong::Wrong;
use crate::{Io, env, versions};

const METADATA_VERSION: &str = "metadata.version";
const KRAFT_VERSION: &str = "kraft.version";
const ELIGIBLE_LEADERS: &str = "eligible.leader.replicas.version";
/// The level of metadata.version that eligible leader replicas need.
const ELIGIBLE_LEADERS_SINCE: i16 = 23;
/// The level that Kafka 4.3's tool takes though no release has it yet.
const UNSTABLE_LEVEL: i16 = 31;

/// Formats the data folders of `--config`.
pub(crate) fn format(parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let Some(cluster) = parsed.value("cluster-id") else {
        return Err(Wrong::usage("argument --cluster-id/-t is required"));
    };
    let (config, node_id) = config(parsed)?;
    let quorum = Quorum::read(&config, parsed, node_id)?;
    let (level, others) = levels(parsed)?;
    if let Some(given) = parsed.value("add-scram") {
        return Err(match given.split_once('=') {
            None => terse(format!("Failed to find equals sign in SCRAM argument '{given}'")),
            Some(_) => terse("This tool cannot make SCRAM credentials."),
        });
    }
    let levels = effective(level, &others, quorum.is_dynamic())?;
    let fresh = unformatted(&config, parsed, cluster)?;
    if fresh.is_empty() {
        io.say("All of the log directories are already formatted.");
        return Ok(());
    }
    io.say(shown(&levels, level));
    let version = versions::metadata_name(level).unwrap_or_default();
    for folder in fresh {
        let is_metadata = folder == metadata_folder(&config);
        let kind = if is_metadata {
            quorum.kind()
        } else {
            "data directory"
        };
        io.say(format!(
            "Formatting {kind} {} with metadata.version {version}.",
            folder.display()
        ));
        let id = quorum.directory_id().filter(|_| is_metadata);
        let id = id.unwrap_or_else(env::random_uuid);
        let voters = quorum.voters(id).filter(|_| is_metadata);
        write(&folder, cluster, node_id, id, &levels, voters.as_deref()).map_err(|error| {
            let sentence = format!("Error while writing {}: {error}", folder.display());
            Wrong::thrown("java.io.IOException", sentence)
        })?;
    }
    Ok(())
}

/// Who votes on the metadata log.
enum Quorum {
    /// Those of the properties file.
    Static,
    /// Nobody yet; whoever is added.
    Nobody,
    /// This controller alone.
    Alone {
        id: i32,
        listener: String,
        host: String,
        port: u16,
    },
    /// These, this node with a folder of this id if it is one of them.
    These { voters: Vec<Voter>, own: Option<Uuid> },
}

impl Quorum {
    /// What options and properties say; a controller without fixed voters must be told the first ones.
    fn read(config: &Properties, parsed: &Parsed, node_id: i32) -> Result<Quorum, Wrong> {
        let is_fixed = config
            .get("controller.quorum.voters")
            .is_some_and(|value| !value.trim().is_empty());
        let given = ["standalone", "no-initial-controllers", "initial-controllers"];
        let mut given = given.into_iter().filter(|option| parsed.has(option));
        let (first, second) = (given.next(), given.next());
        if let (Some(first), Some(second)) = (first, second) {
            return Err(Wrong::usage(format!(
                "argument --{first}: not allowed with argument --{second}"
            )));
        }
        let is_controller = config
            .get("process.roles")
            .is_some_and(|roles| roles.contains("controller"));
        match first {
            None if !is_fixed && is_controller => Err(terse(
                "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
                --standalone, --initial-controllers, or --no-initial-controllers.",
            )),
            None => Ok(Quorum::Static),
            Some("no-initial-controllers") if is_fixed => Ok(Quorum::Static),
            Some("no-initial-controllers") => Ok(Quorum::Nobody),
            Some(_) if is_fixed => Err(terse(
                "You cannot specify controller.quorum.voters and format the node with --initial-controllers or \
                --standalone. If you want to use dynamic quorum, please remove controller.quorum.voters and specify \
                controller.quorum.bootstrap.servers instead.",
            )),
            Some("standalone") => alone(config, node_id),
            Some(_) => {
                let voters = parsed.list("initial-controllers").map(voter);
                let mut voters = voters
                    .collect::<Result<Vec<Voter>, String>>()
                    .map_err(Wrong::argument)?;
                let listener = controller_listener(config);
                for endpoint in voters.iter_mut().flat_map(|voter| &mut voter.endpoints) {
                    endpoint.listener.clone_from(&listener);
                }
                let own = voters
                    .iter()
                    .find(|voter| voter.id == node_id)
                    .map(|voter| voter.directory);
                Ok(Quorum::These { voters, own })
            }
        }
    }

    fn is_dynamic(&self) -> bool {
        !matches!(self, Quorum::Static)
    }

    /// What the folder of the metadata log is called.
    fn kind(&self) -> &'static str {
        match self {
            Quorum::Static | Quorum::Nobody => "metadata directory",
            Quorum::These { own: None, .. } => "dynamic metadata directory",
            Quorum::Alone { .. } | Quorum::These { .. } => "dynamic metadata voter directory",
        }
    }

    fn directory_id(&self) -> Option<Uuid> {
        match self {
            Quorum::These { own, .. } => *own,
            _ => None,
        }
    }

    /// The first voters; `directory` is the folder's id of this node.
    fn voters(&self, directory: Uuid) -> Option<Vec<Voter>> {
        match self {
            Quorum::Static | Quorum::Nobody => None,
            Quorum::These { voters, .. } => Some(voters.clone()),
            Quorum::Alone {
                id,
                listener,
                host,
                port,
            } => {
                let endpoint = VoterEndpoint {
                    listener: listener.clone(),
                    host: host.clone(),
                    port: *port,
                };
                Some(vec![a_voter(*id, directory, endpoint)])
            }
        }
    }
}

/// A voter with one listener that speaks the newest version of the quorum's protocol.
fn a_voter(id: i32, directory: Uuid, endpoint: VoterEndpoint) -> Voter {
    Voter {
        id,
        directory,
        endpoints: vec![endpoint],
        version_max: 1,
    }
}

fn controller_listener(config: &Properties) -> String {
    let names = config.get("controller.listener.names").unwrap_or_default();
    names.split(',').next().unwrap_or_default().trim().to_owned()
}

/// This controller with the address of its listener.
fn alone(config: &Properties, id: i32) -> Result<Quorum, Wrong> {
    let listener = controller_listener(config);
    let addresses = ["advertised.listeners", "listeners"].into_iter();
    let mut addresses = addresses
        .filter_map(|key| config.get(key))
        .flat_map(|list| list.split(','));
    let found = addresses.find_map(|address| {
        let (name, place) = address.trim().split_once("://")?;
        let (host, port) = place.rsplit_once(':')?;
        let is_this = name.eq_ignore_ascii_case(&listener);
        is_this.then(|| Some((host.trim_matches(['[', ']']).to_owned(), port.parse().ok()?)))?
    });
    let Some((host, port)) = found else {
        return Err(terse(format!(
            "Cannot find information about controller listener name: {listener}"
        )));
    };
    let host = match host.is_empty() {
        true => "localhost".to_owned(),
        false => host,
    };
    Ok(Quorum::Alone {
        id,
        listener,
        host,
        port,
    })
}

/// `ID@HOST:PORT:DIRECTORY`.
fn voter(text: &str) -> Result<Voter, String> {
    let (id, place) = text
        .trim()
        .split_once('@')
        .ok_or("No @ found in dynamic voter string.")?;
    let id = id
        .parse()
        .map_err(|_| format!("Failed to parse node id in dynamic voter string {text}."))?;
    let wrong = || format!("Failed to parse host, port and directory in dynamic voter string {text}.");
    let (place, directory) = place.rsplit_once(':').ok_or_else(wrong)?;
    let (host, port) = place.rsplit_once(':').ok_or_else(wrong)?;
    let directory = storage::decode_uuid(directory).ok_or_else(wrong)?;
    let endpoint = VoterEndpoint {
        listener: String::new(),
        host: host.trim_matches(['[', ']']).to_owned(),
        port: port.parse().map_err(|_| wrong())?,
    };
    Ok(a_voter(id, directory, endpoint))
}

/// The level of metadata.version, and the other features that were given, the last of each.
fn levels(parsed: &Parsed) -> Result<(i16, Vec<(String, i16)>), Wrong> {
    let given = parsed.all("feature").map(versions::name_and_level);
    let given: Result<Vec<(String, i16)>, String> = given.collect();
    let given = given.map_err(|sentence| Wrong::thrown("java.lang.RuntimeException", sentence))?;
    let metadata = given.iter().rev().find(|(name, _)| name == METADATA_VERSION);
    let level = match (parsed.value("release-version"), metadata) {
        (Some(_), Some(_)) => {
            return Err(terse(
                "Use --release-version instead of --feature metadata.version=X to avoid ambiguity.",
            ));
        }
        (Some(wanted), None) => {
            versions::metadata_level(wanted).ok_or_else(|| terse(versions::unknown(wanted, false)))?
        }
        (None, Some((_, level))) if versions::metadata_name(*level).is_some() => *level,
        (None, Some((_, level))) => {
            let least = versions::METADATA_VERSIONS.first().map_or(0, |(level, _)| *level);
            return Err(Wrong::argument(format!(
                "No MetadataVersion with feature level {level}. Valid feature levels are from {least} to {UNSTABLE_LEVEL}."
            )));
        }
        (None, None) => versions::latest().0,
    };
    let others = given.into_iter().filter(|(name, _)| name != METADATA_VERSION);
    Ok((level, others.collect()))
}

/// The levels that a cluster begins with: metadata.version, then the others by name, without those at 0.
fn effective(level: i16, given: &[(String, i16)], is_dynamic: bool) -> Result<Vec<(String, i16)>, Wrong> {
    let is_known = |name: &str| versions::FEATURES.iter().any(|(known, _)| *known == name);
    if let Some((unknown, _)) = given.iter().find(|(name, _)| !is_known(name)) {
        let mut names = versions::FEATURES.map(|(name, _)| name);
        names.sort_unstable();
        return Err(terse(format!(
            "Unsupported feature: {unknown}. Supported features are: {}",
            names.join(", ")
        )));
    }
    let mut out = Vec::new();
    for (name, defaults) in versions::FEATURES {
        let asked = given
            .iter()
            .rev()
            .find(|(given, _)| given == name)
            .map(|(_, level)| *level);
        if let Some(asked) = asked {
            check_level(name, asked, defaults.len(), level, is_dynamic)?;
        }
        let default = || i16::try_from(versions::default_level(defaults, level)).unwrap_or_default();
        let effective = asked.unwrap_or_else(default);
        if name != KRAFT_VERSION && effective > 0 {
            out.push((name.to_owned(), effective));
        }
    }
    out.sort();
    out.insert(0, (METADATA_VERSION.to_owned(), level));
    Ok(out)
}

fn check_level(name: &str, asked: i16, highest: usize, metadata: i16, is_dynamic: bool) -> Result<(), Wrong> {
    match (name, asked) {
        (KRAFT_VERSION, 1) if !is_dynamic => Err(terse(
            "Cannot set kraft.version to 1 unless controller.quorum.voters is empty and one of the flags --standalone, \
            --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try using one of \
            --standalone, --initial-controllers, or --no-initial-controllers and removing controller.quorum.voters.",
        )),
        (KRAFT_VERSION, 0) if is_dynamic => Err(terse(
            "Cannot set kraft.version to 0 if controller.quorum.voters is empty and one of the flags --standalone, \
            --initial-controllers, or --no-initial-controllers is used. For dynamic controllers support, try removing the \
            --feature flag for kraft.version.",
        )),
        _ if usize::try_from(asked).map_or(true, |asked| asked > highest) => Err(Wrong::argument(format!(
            "No feature:{name} with feature level {asked}"
        ))),
        (ELIGIBLE_LEADERS, 1..) if metadata < ELIGIBLE_LEADERS_SINCE => Err(Wrong::argument(format!(
            "{name} could not be set to {asked} because it depends on metadata.version level {ELIGIBLE_LEADERS_SINCE}"
        ))),
        _ => Ok(()),
    }
}

/// The folders that are still to be formatted, that of the metadata log last.
fn unformatted(config: &Properties, parsed: &Parsed, cluster: &str) -> Result<Vec<PathBuf>, Wrong> {
    let mut fresh = Vec::new();
    for folder in folders(config) {
        let path = folder.join(META_PROPERTIES);
        let Ok(text) = env::read_text(&path) else {
            fresh.push(folder);
            continue;
        };
        let found = Properties::parse(&text);
        let found = found.get("cluster.id").unwrap_or_default();
        if found != cluster {
            return Err(Wrong::thrown(
                "java.lang.RuntimeException",
                format!(
                    "Invalid cluster.id in: {}. Expected {cluster}, but read {found}",
                    path.display()
                ),
            ));
        }
        if !parsed.has("ignore-formatted") {
            return Err(terse(format!(
                "Log directory {} is already formatted. Use --ignore-formatted to ignore this directory and \
                format the others.",
                folder.display()
            )));
        }
    }
    let metadata = metadata_folder(config);
    fresh.sort_by_key(|folder| *folder == metadata);
    Ok(fresh)
}

/// What Kafka prints of the records that a cluster begins with.
fn shown(levels: &[(String, i16)], metadata: i16) -> String {
    let record = |(name, level): &(String, i16)| {
        format!("ApiMessageAndVersion(FeatureLevelRecord(name='{name}', featureLevel={level}) at version 0)")
    };
    format!(
        "Bootstrap metadata: BootstrapMetadata(records={}, metadataVersionLevel={metadata}, source=format command)",
        crate::java::list(levels.iter().map(record))
    )
}

/// The folder of the metadata log: its own, or the first of all.
fn metadata_folder(config: &Properties) -> PathBuf {
    let first = || {
        let listed = config.get("log.dirs").or(config.get("log.dir"));
        listed
            .unwrap_or("/tmp/kafka-logs")
            .split(',')
            .next()
            .unwrap_or_default()
    };
    PathBuf::from(config.get("metadata.log.dir").unwrap_or_else(first).trim())
}

/// Writes a folder's files; `meta.properties`, which says that it is formatted, last.
fn write(
    folder: &Path,
    cluster: &str,
    node_id: i32,
    id: Uuid,
    levels: &[(String, i16)],
    voters: Option<&[Voter]>,
) -> std::io::Result<()> {
    let now_ms = env::now_ms();
    env::write_new(&folder.join(BOOTSTRAP), &bootstrap(levels, now_ms))?;
    if let Some(voters) = voters {
        env::write_new(&folder.join(FIRST_SNAPSHOT), &first_snapshot(voters, now_ms))?;
    }
    let id = storage::encode_uuid(id);
    let text = format!("#\nnode.id={node_id}\ndirectory.id={id}\nversion=1\ncluster.id={cluster}\n");
    env::write_new(&folder.join(META_PROPERTIES), text.as_bytes())
}
