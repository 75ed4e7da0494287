//! `kafka-server-stop`: asks the brokers on this machine to end.
//!
//! Kafka's script passes over words that it does not know. An option that is mistyped would then stop all brokers
//! instead of one, so those are refused here; a properties file, which people give it in vain, may stay.

use std::path::{Path, PathBuf};

use crate::Io;
use crate::env::{self, Process};
use crate::properties::Properties;
use crate::server_start::ServerStart;

/// Options that name one broker of several, with the key in its properties file.
const WHICH: [(&str, &str); 2] = [("--node-id=", "node.id"), ("--process-role=", "process.roles")];
/// The signal unless the variable `SIGNAL` names another.
const SIGNAL: &str = "TERM";

const USAGE: &str = "\
Usage: kafka-server-stop [--node-id=ID | --process-role=ROLE]
Asks the brokers of this binary on this machine to end: all, or those whose properties file has this node.id or
process.roles. The variable SIGNAL names another signal than TERM.
Example: kafka-server-stop --node-id=1";

/// Runs `kafka-server-stop`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    if args.iter().any(|arg| arg == "--help" || arg == "-h") {
        io.say(USAGE);
        return 0;
    }
    let is_known = |arg: &&String| WHICH.iter().any(|(option, _)| arg.starts_with(option));
    if let Some(option) = args.iter().find(|arg| arg.starts_with('-') && !is_known(arg)) {
        io.complain(format!(
            "{option} is not a recognized option; no broker was stopped."
        ));
        io.complain(USAGE);
        return 1;
    }
    let given = |option: &str| args.iter().rev().find_map(|arg| arg.strip_prefix(option));
    let wanted: Vec<(&str, &str)> = WHICH
        .iter()
        .filter_map(|(option, key)| Some((*key, given(option).filter(|value| !value.is_empty())?)))
        .collect();
    if wanted.len() > 1 {
        io.say("When both node-id and process-role are provided, the value for node-id will take precedence");
    }
    let mut brokers = env::processes();
    brokers.retain(|process| is_broker(&process.words));
    if brokers.is_empty() {
        io.say("No kafka server to stop");
        return 1;
    }
    if let Some((key, value)) = wanted.first() {
        brokers.retain(|broker| setting(broker, key).as_deref() == Some(value));
    }
    let signal = env::variable("SIGNAL").unwrap_or_else(|| SIGNAL.to_owned());
    let mut code = 0;
    for broker in brokers {
        if let Err(error) = env::send_signal(broker.id, &signal) {
            io.complain(format!("kill: ({}) - {error}", broker.id));
            code = 1;
        }
    }
    code
}

/// Whether a command line of this binary runs a broker rather than a tool.
fn is_broker(words: &[String]) -> bool {
    let Some((program, args)) = words.split_first() else {
        return false;
    };
    let program = Path::new(program)
        .file_name()
        .unwrap_or_default()
        .to_string_lossy();
    let first = args.first().map(String::as_str);
    let rest = args.get(1..).unwrap_or_default();
    ServerStart::parse(&program, args).is_some()
        || first.is_some_and(|first| ServerStart::parse(first, rest).is_some())
        || match first {
            // A link with the name of a tool, which is none of a broker's.
            _ if program.starts_with("kafka-") => false,
            None => true,
            Some("container") => rest.first().is_some_and(|word| word == "run"),
            Some(first) => first.starts_with('-') && !["-h", "--help", "-V", "--version"].contains(&first),
        }
}

/// The value of a key in the properties file that a broker was started with.
fn setting(broker: &Process, key: &str) -> Option<String> {
    let words = broker.words.iter();
    let file = words.skip(1).find(|word| {
        Path::new(word)
            .extension()
            .is_some_and(|ending| ending == "properties")
    })?;
    let path: PathBuf = broker.folder.join(file.strip_prefix("--config=").unwrap_or(file));
    let properties = Properties::load(&path.to_string_lossy()).ok()?;
    properties.get(key).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::{is_broker, run};
    use crate::Io;

    #[test]
    fn help_and_mistyped_options_stop_nobody() {
        let ended = |args: &[&str]| {
            let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
            let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
            let mut nothing: &[u8] = &[];
            let code = run(&args, &mut Io::new(&mut nothing, &mut stdout, &mut stderr));
            (
                code,
                String::from_utf8_lossy(&stdout).into_owned(),
                String::from_utf8_lossy(&stderr).into_owned(),
            )
        };
        let (code, stdout, _) = ended(&["--help"]);
        assert_eq!((code, stdout.lines().next()), (0, super::USAGE.lines().next()));
        let (code, _, stderr) = ended(&["--node-id", "1"]);
        assert_eq!(code, 1);
        assert!(
            stderr.starts_with("--node-id is not a recognized option; no broker was stopped."),
            "{stderr}"
        );
    }

    #[test]
    fn brokers_are_told_from_tools() {
        let of = |line: &str| is_broker(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        for line in [
            "ottla",
            "/opt/kafka/bin/ottla --config a.properties",
            "ottla container run --announce",
            "kafka-server-start.sh a.properties",
            "ottla kafka-server-start a.properties --override a=b",
            "/opt/kafka/bin/kafka-run-class.sh kafka.Kafka a.properties",
        ] {
            assert!(of(line), "{line}");
        }
        for line in [
            "ottla health",
            "ottla --help",
            "ottla log verify data",
            "ottla container env",
            "kafka-topics.sh --list",
            "kafka-server-stop.sh",
            "ottla kafka-console-consumer --topic t",
        ] {
            assert!(!of(line), "{line}");
        }
    }
}
