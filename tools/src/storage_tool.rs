//! `kafka-storage`: formats data folders, and tells what is in them. Files only; no broker is asked.

use std::path::{Path, PathBuf};

use crate::options::{Commands, Parsed, Spec, flag, opt};
use crate::properties::Properties;
use crate::wrong::Wrong;
use crate::{Io, env, versions};

const TOOL: Commands = Commands {
    name: "kafka-storage",
    purpose: "The Kafka storage tool.",
    commands: &[
        "info",
        "format",
        "version-mapping",
        "feature-dependencies",
        "random-uuid",
    ],
    spec: Spec {
        purpose: "The Kafka storage tool.",
        opts: &[
            opt("config", "file", "The broker's properties file.").or(&["c"]),
            opt(
                "cluster-id",
                "id",
                "The id of the cluster that the folders shall belong to.",
            )
            .or(&["t"]),
            opt("add-scram", "text", "A credential to begin with; not kept.")
                .or(&["S"])
                .repeatable(),
            flag("ignore-formatted", "Leave folders alone that are formatted.").or(&["g"]),
            opt("release-version", "version", "The release to begin with.").or(&["r"]),
            opt("feature", "name=level", "A feature level to begin with.")
                .or(&["f"])
                .repeatable(),
            flag("standalone", "The controller is alone.").or(&["s"]),
            flag("no-initial-controllers", "The controllers are told later.").or(&["N"]),
            opt("initial-controllers", "list", "The controllers to begin with.").or(&["I"]),
        ],
    },
    help_code: 0,
};

/// The file that says whose folder it is.
const META_PROPERTIES: &str = "meta.properties";
/// Exceptions of which only the message is shown.
const TERSE: &str = "org.apache.kafka.server.util.TerseException";

/// Runs `kafka-storage`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => TOOL.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) if error.class == TERSE => {
            io.complain(&error.message);
            1
        }
        Err(Wrong::Thrown(error)) => {
            io.complain(format!("Exception in thread \"main\" {error}"));
            1
        }
    }
}

fn terse(sentence: impl Into<String>) -> Wrong {
    Wrong::thrown(TERSE, sentence)
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let (command, parsed) = TOOL.read(args, io)?;
    match command {
        "random-uuid" => {
            // No tool shall take it for an option.
            let id = std::iter::repeat_with(env::random_uuid)
                .map(storage::encode_uuid)
                .find(|id| !id.starts_with('-'));
            io.say(id.unwrap_or_default());
            Ok(())
        }
        "version-mapping" => {
            let lines = versions::mapping(parsed.value("release-version")).map_err(terse)?;
            lines.into_iter().for_each(|line| io.say(line));
            Ok(())
        }
        "feature-dependencies" => {
            if !parsed.has("feature") {
                return Err(Wrong::usage("argument --feature/-f is required"));
            }
            for text in parsed.all("feature") {
                let (name, level) = feature(text)?;
                let unknown = format!("Feature level {level} is not supported for feature {name}");
                io.say(versions::dependencies(&name, level, unknown).map_err(terse)?);
            }
            Ok(())
        }
        "info" => {
            let (config, _) = config(&parsed)?;
            info(&folders(&config), io)
        }
        _ => format(&parsed, io),
    }
}

/// The properties of `--config`, and the node's id.
fn config(parsed: &Parsed) -> Result<(Properties, i32), Wrong> {
    let Some(path) = parsed.value("config") else {
        return Err(Wrong::usage("argument --config/-c is required"));
    };
    let config = Properties::load(path)
        .map_err(|sentence| Wrong::thrown("java.nio.file.NoSuchFileException", sentence))?;
    let id = config.get("node.id").or(config.get("broker.id")).unwrap_or("-1");
    let id = id.trim().parse().unwrap_or(-1);
    Ok((config, id))
}

/// The data folders, in order and each once.
fn folders(config: &Properties) -> Vec<PathBuf> {
    let listed = config
        .get("log.dirs")
        .or(config.get("log.dir"))
        .unwrap_or("/tmp/kafka-logs");
    let metadata = config.get("metadata.log.dir");
    let mut out: Vec<PathBuf> = listed
        .split(',')
        .chain(metadata)
        .map(|folder| PathBuf::from(folder.trim()))
        .filter(|folder| !folder.as_os_str().is_empty())
        .collect();
    out.sort();
    out.dedup();
    out
}

fn feature(text: &str) -> Result<(String, i16), Wrong> {
    let Some((name, level)) = text.split_once('=') else {
        return Err(terse(format!(
            "Invalid feature format: {text}. Expected format: 'feature=version' (e.g. 'group.version=1')"
        )));
    };
    match level.trim().parse() {
        Ok(level) => Ok((name.trim().to_owned(), level)),
        Err(_) => Err(terse(format!(
            "Invalid version format: {level} for feature {name}"
        ))),
    }
}

fn info(folders: &[PathBuf], io: &mut Io<'_>) -> Result<(), Wrong> {
    let (mut found, mut problems, mut metas) = (Vec::new(), Vec::new(), Vec::new());
    for folder in folders {
        let shown = folder.display();
        if !env::is_dir(folder) {
            problems.push(match env::exists(folder) {
                true => format!("{shown} is not a directory"),
                false => format!("{shown} does not exist"),
            });
            continue;
        }
        found.push(shown.to_string());
        match env::read_text(&folder.join(META_PROPERTIES)) {
            Ok(text) => metas.push(Properties::parse(&text)),
            Err(_) => problems.push(format!("{shown} is not formatted.")),
        }
    }
    let mut section = |head: &str, lines: &[String]| {
        if !lines.is_empty() {
            io.say(head);
            lines.iter().for_each(|line| io.say(format!("  {line}")));
            io.say("");
        }
    };
    let head = match found.len() {
        1 => "Found log directory:",
        _ => "Found log directories:",
    };
    section(head, &found);
    if let Some(meta) = metas.first() {
        let mut pairs: Vec<String> = meta.iter().map(|(key, value)| format!("{key}={value}")).collect();
        pairs.sort();
        io.say(format!("Found metadata: {{{}}}", pairs.join(", ")));
        io.say("");
    }
    if problems.is_empty() {
        return Ok(());
    }
    io.say("Found problems:");
    problems.iter().for_each(|line| io.say(format!("  {line}")));
    io.say("");
    Err(Wrong::Code(1))
}

fn format(parsed: &Parsed, io: &mut Io<'_>) -> Result<(), Wrong> {
    let Some(cluster) = parsed.value("cluster-id") else {
        return Err(Wrong::usage("argument --cluster-id/-t is required"));
    };
    let (config, node_id) = config(parsed)?;
    let is_dynamic = check_quorum(&config, parsed)?;
    let (level, version) = match parsed.value("release-version") {
        None => versions::latest(),
        Some(wanted) => {
            let level =
                versions::metadata_level(wanted).ok_or_else(|| terse(versions::unknown(wanted, false)))?;
            (level, versions::metadata_name(level).unwrap_or_default())
        }
    };
    let features: Result<Vec<(String, i16)>, Wrong> = parsed.all("feature").map(feature).collect();
    let features = features?;
    let mut fresh = Vec::new();
    for folder in folders(&config) {
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
    if fresh.is_empty() {
        io.say("All of the log directories are already formatted.");
        return Ok(());
    }
    io.say(bootstrap(level, &features));
    let metadata = metadata_folder(&config);
    // Kafka formats the folder of the metadata log last.
    fresh.sort_by_key(|folder| *folder == metadata);
    for folder in fresh {
        let kind = match folder == metadata {
            true if is_dynamic => "dynamic metadata voter directory",
            true => "metadata directory",
            false => "data directory",
        };
        io.say(format!(
            "Formatting {kind} {} with metadata.version {version}.",
            folder.display()
        ));
        write(&folder, cluster, node_id).map_err(|error| {
            let sentence = format!("Error while writing {}: {error}", folder.display());
            Wrong::thrown("java.io.IOException", sentence)
        })?;
    }
    Ok(())
}

/// Whether the quorum's voters are kept in the log; a controller without fixed voters must be told the first ones.
fn check_quorum(config: &Properties, parsed: &Parsed) -> Result<bool, Wrong> {
    let is_set = |key: &str| config.get(key).is_some_and(|value| !value.trim().is_empty());
    let given = ["standalone", "initial-controllers", "no-initial-controllers"];
    let is_told = given.iter().any(|option| parsed.has(option));
    let is_controller = config
        .get("process.roles")
        .is_some_and(|roles| roles.contains("controller"));
    match (is_set("controller.quorum.voters"), is_told) {
        (true, true) => Err(terse(
            "You cannot specify controller.quorum.voters and --standalone, --initial-controllers, or --no-initial-controllers.",
        )),
        (false, false) if is_controller => Err(terse(
            "Because controller.quorum.voters is not set on this controller, you must specify one of the following: \
            --standalone, --initial-controllers, or --no-initial-controllers.",
        )),
        _ => Ok(parsed.has("standalone") || parsed.has("initial-controllers")),
    }
}

/// What Kafka prints of the records that a cluster begins with.
fn bootstrap(level: i16, features: &[(String, i16)]) -> String {
    let mut levels = vec![("metadata.version".to_owned(), level)];
    let mut others: Vec<(String, i16)> = versions::FEATURES
        .iter()
        .filter(|(name, _)| *name != "kraft.version")
        .map(|(name, defaults)| {
            let default = i16::try_from(versions::default_level(defaults, level)).unwrap_or_default();
            let given = features.iter().find(|(given, _)| given == name);
            ((*name).to_owned(), given.map_or(default, |(_, level)| *level))
        })
        .filter(|(_, level)| *level > 0)
        .collect();
    others.sort();
    levels.extend(others);
    let record = |(name, level): &(String, i16)| {
        format!("ApiMessageAndVersion(FeatureLevelRecord(name='{name}', featureLevel={level}) at version 0)")
    };
    format!(
        "Bootstrap metadata: BootstrapMetadata(records={}, metadataVersionLevel={level}, source=format command)",
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

fn write(folder: &Path, cluster: &str, node_id: i32) -> std::io::Result<()> {
    let id = storage::encode_uuid(env::random_uuid());
    let text = format!("#\nnode.id={node_id}\ndirectory.id={id}\nversion=1\ncluster.id={cluster}\n");
    env::write_new(&folder.join(META_PROPERTIES), &text)
}

#[cfg(test)]
mod tests {
    use super::run;
    use crate::Io;

    fn tool(line: &str) -> (i32, String, String) {
        let args: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
        let code = run(&args, &mut Io::new(&mut input, &mut out, &mut err));
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (code, text(out), text(err))
    }

    #[test]
    fn a_folder_is_formatted_once() {
        let dir = tempfile::tempdir().expect("a folder");
        let data = dir.path().join("data");
        let file = dir.path().join("server.properties");
        let text = format!(
            "node.id=7\nprocess.roles=broker,controller\ncontroller.quorum.voters=7@localhost:9093\nlog.dirs={}\n",
            data.display()
        );
        std::fs::write(&file, text).expect("written");
        let (code, out, _) = tool(&format!("info -c {}", file.display()));
        assert_eq!(
            (code, out),
            (
                1,
                format!("Found problems:\n  {} does not exist\n\n", data.display())
            )
        );
        let line = format!("format -t MkU3OEVBNTcwNTJENDM2Qk -c {}", file.display());
        let (code, out, _) = tool(&line);
        let formatting = format!(
            "Formatting metadata directory {} with metadata.version 4.3-IV0.",
            data.display()
        );
        assert_eq!((code, out.lines().last()), (0, Some(&*formatting)));
        let meta = std::fs::read_to_string(data.join("meta.properties")).expect("written");
        assert!(
            meta.contains("cluster.id=MkU3OEVBNTcwNTJENDM2Qk") && meta.contains("node.id=7"),
            "{meta}"
        );
        let (code, _, err) = tool(&line);
        assert!(code == 1 && err.contains("is already formatted"), "{err}");
        let (code, out, _) = tool(&format!("{line} --ignore-formatted"));
        assert_eq!(
            (code, &*out),
            (0, "All of the log directories are already formatted.\n")
        );
        let (code, _, err) = tool(&line.replace("MkU3", "AAAA"));
        assert!(code == 1 && err.contains("Invalid cluster.id in"), "{err}");
        let (code, out, _) = tool(&format!("info -c {}", file.display()));
        assert!(
            code == 0 && out.contains("Found metadata: {cluster.id=MkU3OEVBNTcwNTJENDM2Qk, directory.id=")
        );
    }
}
