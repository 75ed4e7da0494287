//! The command line, and which file is shown how.

use std::io::ErrorKind;
use std::path::Path;

use storage::inspect::EntryKind;

use super::parse::Parser;
use super::{batches, indexes};
use crate::Io;
use crate::options::{Parsed, Spec, flag, opt};
use crate::wrong::Wrong;

const SPEC: Spec = Spec {
    purpose: "This tool helps to parse a log file and dump its contents to the console, useful for debugging a seemingly corrupt log segment.",
    opts: &[
        opt("files", "file1,file2", "Logs, indexes and snapshots to show."),
        flag("print-data-log", "Show keys and values, too."),
        flag("deep-iteration", "Show each record."),
        flag("skip-record-metadata", "Show keys and values only."),
        flag(
            "verify-index-only",
            "Compare an index with its log, and show differences only.",
        ),
        flag(
            "index-sanity-check",
            "Check an index only as a broker does when it starts.",
        ),
        opt(
            "max-message-size",
            "bytes",
            "For Kafka's sake: batches of any size are read.",
        )
        .int(),
        // A number, which is read with the first log.
        opt(
            "max-bytes",
            "bytes",
            "Read no more than the first bytes of a log.",
        ),
        opt(
            "key-decoder-class",
            "class",
            "StringDecoder, IntegerDecoder or LongDecoder of org.apache.kafka.tools.api.",
        )
        .optional(),
        opt(
            "value-decoder-class",
            "class",
            "As --key-decoder-class, for values.",
        )
        .optional(),
        flag("offsets-decoder", "Records of __consumer_offsets."),
        flag("transaction-log-decoder", "Records of __transaction_state."),
        flag("cluster-metadata-decoder", "Records of __cluster_metadata."),
        flag("share-group-state-decoder", "Records of __share_group_state."),
        flag("remote-log-metadata-decoder", "Not spoken by this tool."),
    ],
};

/// What is shown of logs and indexes.
pub(super) struct Show {
    pub records: bool,
    pub metadata: bool,
    pub contents: bool,
    /// An error where it is needed and was no number.
    pub bytes_max: Result<u64, Wrong>,
    pub parser: Parser,
    /// Only what is wrong with an index.
    pub verify_only: bool,
    /// Only whether an index is sane.
    pub sanity_only: bool,
}

/// Runs `kafka-dump-log`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    match go(args, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => SPEC.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(&error);
            1
        }
    }
}

fn go(args: &[String], io: &mut Io<'_>) -> Result<(), Wrong> {
    let parsed = SPEC.parse(args).map_err(Wrong::argument)?;
    let parsed = SPEC.answer_help(parsed, io)?;
    parsed.require(&["files"]).map_err(Wrong::Usage)?;
    let show = show(&parsed)?;
    let mut faults = Vec::new();
    for name in names(parsed.value("files").unwrap_or_default()) {
        io.say(format!("Dumping {name}"));
        file(name, &show, &mut faults, io)?;
    }
    faults.iter().for_each(|fault| io.complain(fault));
    Ok(())
}

/// The files of a list as Java splits it: nothing behind the last comma is no file, but nothing at all is one.
fn names(list: &str) -> impl Iterator<Item = &str> {
    let kept = list.trim_end_matches(',');
    let names = (!kept.is_empty() || list.is_empty()).then(|| kept.split(','));
    names.into_iter().flatten()
}

fn show(parsed: &Parsed) -> Result<Show, Wrong> {
    let parser = Parser::new(parsed)?;
    let contents = parsed.has("print-data-log") || parser.is_named(parsed);
    let bytes_max = parsed.late_number::<i32>("max-bytes");
    Ok(Show {
        records: contents || parsed.has("deep-iteration"),
        metadata: !parsed.has("skip-record-metadata"),
        contents,
        bytes_max: match bytes_max {
            Ok(None) => Ok(u64::MAX),
            Ok(Some(bytes)) => Ok(u64::try_from(bytes).unwrap_or_default()),
            Err(error) => Err(error.into()),
        },
        parser,
        verify_only: parsed.has("verify-index-only"),
        sanity_only: parsed.has("index-sanity-check"),
    })
}

fn file(name: &str, show: &Show, faults: &mut Vec<String>, io: &mut Io<'_>) -> Result<(), Wrong> {
    let path = Path::new(name);
    let own = path.file_name().unwrap_or_default().to_string_lossy();
    let ending = own.rfind('.').and_then(|at| own.get(at..)).unwrap_or_default();
    if matches!(ending, ".log" | ".checkpoint") {
        show.bytes_max.clone()?;
    }
    match ending {
        ".log" => {
            io.say(format!("Log starting offset: {}", base(&own)?));
            batches::dump(path, show, faults, io)
        }
        ".checkpoint" if own == "bootstrap.checkpoint" => {
            io.say("KRaft bootstrap snapshot");
            batches::dump(path, show, faults, io)
        }
        ".checkpoint" => {
            let id = own.strip_suffix(ending).and_then(|id| id.split_once('-'));
            let id = id
                .and_then(|(offset, epoch)| Some((offset.parse::<i64>().ok()?, epoch.parse::<i32>().ok()?)));
            let (offset, epoch) =
                id.ok_or_else(|| Wrong::thrown("java.util.NoSuchElementException", "No value present"))?;
            io.say(format!("Snapshot end offset: {offset}, epoch: {epoch}"));
            batches::dump(path, show, faults, io)
        }
        ".snapshot" => indexes::snapshot(path, io),
        _ => match EntryKind::of(&own) {
            Some(kind) => indexes::dump(path, kind, base(&own)?, show, faults, io),
            None => {
                io.complain(format!("Ignoring unknown file {name}"));
                Ok(())
            }
        },
    }
}

/// The offset that a file's name begins with.
fn base(name: &str) -> Result<i64, Wrong> {
    let number = name.split('.').next().unwrap_or_default();
    number.parse().map_err(|_| {
        Wrong::thrown(
            "java.lang.NumberFormatException",
            format!("For input string: \"{number}\""),
        )
    })
}

/// A file that cannot be read.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Wrong {
    let shown = path.display();
    match error.kind() {
        ErrorKind::NotFound => Wrong::thrown("java.nio.file.NoSuchFileException", shown.to_string()),
        ErrorKind::PermissionDenied => {
            Wrong::thrown("java.nio.file.AccessDeniedException", shown.to_string())
        }
        _ => Wrong::thrown("java.io.IOException", format!("{shown}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(words: &[&str]) -> (i32, String, String) {
        let args: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
        let code = run(&args, &mut Io::new(&mut input, &mut out, &mut err));
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (code, text(out), text(err))
    }

    #[test]
    fn what_is_no_log_is_passed_over() {
        let dir = tempfile::tempdir().expect("a folder");
        let folder = dir.path().display();
        let log = format!("{folder}/00000000000000000007.log");
        std::fs::write(&log, []).expect("written");
        let list = format!("{folder}/leader-epoch-checkpoint,,{folder},{log},,");
        let (code, out, err) = dump(&["--files", &list]);
        let wanted = format!(
            "Dumping {folder}/leader-epoch-checkpoint\nDumping \nDumping {folder}\nDumping {log}\nLog starting offset: 7\n"
        );
        assert_eq!((code, out), (0, wanted));
        let ignored = format!(
            "Ignoring unknown file {folder}/leader-epoch-checkpoint\nIgnoring unknown file \nIgnoring unknown file {folder}\n"
        );
        assert_eq!(err, ignored);
        assert_eq!(dump(&["--files", ","]), (0, String::new(), String::new()));
        assert_eq!(dump(&["--files", ""]).1, "Dumping \n");
    }

    #[test]
    fn fewer_zeros_than_a_header_are_the_end() {
        let dir = tempfile::tempdir().expect("a folder");
        let log = format!("{}/00000000000000000000.log", dir.path().display());
        std::fs::write(&log, [0; 18]).expect("written");
        let begun = format!("Dumping {log}\nLog starting offset: 0\n");
        assert_eq!(
            dump(&["--files", &log, "--max-bytes", "17"]),
            (0, begun.clone(), String::new())
        );
        let (code, out, err) = dump(&["--files", &log, "--max-bytes", "18"]);
        assert_eq!((code, out), (1, begun));
        assert!(err.contains("Found record size 0"), "{err}");
        std::fs::write(&log, [0; 17]).expect("written");
        let (code, out, _) = dump(&["--files", &log]);
        let end = "Found 17 invalid bytes at the end of 00000000000000000000.log\n";
        assert_eq!((code, out.ends_with(end)), (0, true), "{out}");
    }

    #[test]
    fn what_fails_fails_late() {
        let dir = tempfile::tempdir().expect("a folder");
        let log = format!("{}/00000000000000000000.log", dir.path().display());
        assert_eq!(
            dump(&["--files", &log, "--max-bytes", "abc"]),
            (
                1,
                format!("Dumping {log}\n"),
                "joptsimple.OptionArgumentConversionException: Cannot parse argument 'abc' of option max-bytes\n"
                    .to_owned()
            )
        );
        let index = log.replace(".log", ".timeindex");
        let missing = format!("java.nio.file.NoSuchFileException: {log}\n");
        assert_eq!(
            dump(&["--files", &index]),
            (1, format!("Dumping {index}\n"), missing)
        );
        let mut batch = storage::BatchBuilder::new(5);
        batch.push(5, None, Some(b"short"), &[]);
        let batch = batch.build();
        let bytes = [&batch.head_for(0, -1)[..], batch.body()].concat();
        std::fs::write(&log, bytes).expect("written");
        let long = "org.apache.kafka.tools.api.LongDecoder";
        let (code, out, err) = dump(&["--files", &log, "--value-decoder-class", long]);
        assert!(code == 1 && err.starts_with("java.nio.BufferUnderflowException"));
        assert!(out.ends_with("valueSize: 5 sequence: -1 headerKeys: []"), "{out}");
    }
}
