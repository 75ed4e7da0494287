//! `kafka-storage`: formats data folders, and tells what is in them. Files only; no broker is asked.

use std::path::PathBuf;

use crate::options::{Commands, Parsed, Spec, flag, opt};
use crate::properties::Properties;
use crate::wrong::Wrong;
use crate::{Io, env, storage_format, versions};

const TOOL: Commands = Commands {
    name: "kafka-storage",
    purpose: "The Kafka storage tool.",
    options: "",
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
            opt("add-scram", "text", "A credential to begin with; refused.")
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
pub(crate) const META_PROPERTIES: &str = "meta.properties";
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

pub(crate) fn terse(sentence: impl Into<String>) -> Wrong {
    Wrong::thrown(TERSE, sentence)
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let (command, parsed) = TOOL.read(args, io)?;
    match command {
        "random-uuid" => {
            if let Some((name, _)) = parsed.in_order().next() {
                return Err(Wrong::usage(format!("unrecognized arguments: '--{name}'")));
            }
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
        _ => storage_format::format(&parsed, io),
    }
}

/// The properties of `--config`, and the node's id.
pub(crate) fn config(parsed: &Parsed) -> Result<(Properties, i32), Wrong> {
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
pub(crate) fn folders(config: &Properties) -> Vec<PathBuf> {
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
    let section = |io: &mut Io<'_>, head: &str, lines: &[String]| {
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
    section(io, head, &found);
    if let Some(meta) = metas.first() {
        let mut pairs: Vec<String> = meta.iter().map(|(key, value)| format!("{key}={value}")).collect();
        pairs.sort();
        io.say(format!("Found metadata: {{{}}}", pairs.join(", ")));
        io.say("");
    }
    if problems.is_empty() {
        return Ok(());
    }
    let head = match problems.len() {
        1 => "Found problem:",
        _ => "Found problems:",
    };
    section(io, head, &problems);
    Err(Wrong::Code(1))
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
    fn an_id_is_given_to_nobody_who_asks_for_more() {
        let (code, out, _) = tool("random-uuid");
        assert_eq!((code, out.len()), (0, 23));
        for (line, word) in [("random-uuid extra", "extra"), ("random-uuid -c f", "--config")] {
            let (code, out, err) = tool(line);
            assert_eq!((code, &*out), (1, ""));
            let wanted = format!("kafka-storage: error: unrecognized arguments: '{word}'");
            assert_eq!(err.lines().last(), Some(&*wanted));
        }
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
                format!("Found problem:\n  {} does not exist\n\n", data.display())
            )
        );
        let two = format!("log.dirs={0},{0}-2\n", data.display());
        let second = dir.path().join("two.properties");
        std::fs::write(&second, two).expect("written");
        let (code, out, _) = tool(&format!("info -c {}", second.display()));
        assert_eq!((code, out.lines().next()), (1, Some("Found problems:")));
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
