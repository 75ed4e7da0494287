//! The command line: which options a command takes.

use crate::connect::{COMMAND_CONFIG, SERVER};
use crate::options::{Commands, Parsed, Spec, opt};

/// The tool.
pub(super) const TOOL: Commands = Commands {
    name: "kafka-transactions.sh",
    purpose: "Shows the transactions of producers, finds those that nobody ends, and ends them.",
    options: "[-v] [--command-config FILE] --bootstrap-server host:port",
    commands: &[
        "list",
        "describe",
        "describe-producers",
        "abort",
        "find-hanging",
        "forceTerminateTransaction",
    ],
    spec: Spec {
        purpose: "",
        opts: &[
            SERVER,
            COMMAND_CONFIG,
            opt(
                "duration-filter",
                "ms",
                "list: only those that run for longer; negative for all.",
            )
            .long(),
            opt(
                "transactional-id-pattern",
                "regex",
                "list: only those whose id matches.",
            ),
            opt("transactional-id", "id", "describe: the transactional id."),
            opt(
                "transactionalId",
                "id",
                "forceTerminateTransaction: the transactional id.",
            ),
            opt(
                "broker-id",
                "id",
                "describe-producers, find-hanging: ask this broker.",
            )
            .int(),
            opt("topic", "topic", "The topic."),
            opt("partition", "partition", "The partition.").int(),
            opt(
                "start-offset",
                "offset",
                "abort: first offset of the transaction (brokers from 3.0 on).",
            )
            .long(),
            opt("producer-id", "id", "abort: the producer (older brokers).").long(),
            opt(
                "producer-epoch",
                "epoch",
                "abort: the producer's epoch (older brokers).",
            )
            .int(),
            opt(
                "coordinator-epoch",
                "epoch",
                "abort: the coordinator's epoch (older brokers).",
            )
            .int(),
            opt(
                "max-transaction-timeout",
                "minutes",
                "find-hanging: how long no transaction may take (15).",
            )
            .int(),
        ],
    },
    help_code: 0,
};

/// Options that a command must have, and those that it may.
const TAKES: &[(&str, &[&str], &[&str])] = &[
    ("list", &[], &["duration-filter", "transactional-id-pattern"]),
    ("describe", &["transactional-id"], &[]),
    ("describe-producers", &["topic", "partition"], &["broker-id"]),
    (
        "abort",
        &["topic", "partition"],
        &[
            "start-offset",
            "producer-id",
            "producer-epoch",
            "coordinator-epoch",
        ],
    ),
    (
        "find-hanging",
        &[],
        &["topic", "partition", "broker-id", "max-transaction-timeout"],
    ),
    ("forceTerminateTransaction", &["transactionalId"], &[]),
];
/// Options of all commands.
const ALL: &[&str] = &["bootstrap-server", "command-config"];

/// What a command must have, and what it may.
fn taken(command: &str) -> (&'static [&'static str], &'static [&'static str]) {
    let row = TAKES.iter().find(|(name, ..)| *name == command);
    row.map_or((&[], &[]), |(_, required, optional)| (required, optional))
}

/// What a command takes, in a line.
pub(super) fn usage(command: &str) -> String {
    let (required, optional) = taken(command);
    let shown = |name: &&str| format!("--{name} {}", name.replace('-', "_").to_uppercase());
    let mut words = vec![format!(
        "usage: {} --bootstrap-server host:port {command} [-h]",
        TOOL.name
    )];
    words.extend(required.iter().map(shown));
    words.extend(optional.iter().map(|name| format!("[{}]", shown(name))));
    words.join(" ")
}

/// Whether a command has what it must have, and nothing else.
///
/// # Errors
/// The sentence about it.
pub(super) fn check(command: &str, parsed: &Parsed) -> Result<(), String> {
    let (required, optional) = taken(command);
    let is_taken = |name: &str| {
        [ALL, required, optional]
            .iter()
            .any(|names| names.contains(&name))
    };
    if let Some((name, _)) = parsed.in_order().find(|(name, _)| !is_taken(name)) {
        return Err(format!("unrecognized arguments: '--{name}'"));
    }
    match required.iter().find(|name| !parsed.has(name)) {
        Some(name) => Err(format!("argument --{name} is required")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::run;
    use crate::Io;

    #[test]
    fn usage_names_what_a_command_takes() {
        let refused = |line: &str| {
            let args: Vec<String> = line.split(' ').map(str::to_owned).collect();
            let (mut input, mut out, mut err) = (std::io::empty(), Vec::new(), Vec::new());
            let code = run(&args, &mut Io::new(&mut input, &mut out, &mut err));
            (code, String::from_utf8(err).expect("text"))
        };
        let all = "usage: kafka-transactions.sh [-h] [-v] [--command-config FILE] --bootstrap-server host:port \
                   {list,describe,describe-producers,abort,find-hanging,forceTerminateTransaction} ...\n\
                   kafka-transactions.sh: error: argument --bootstrap-server is required\n";
        assert_eq!(refused("describe"), (1, all.to_owned()));
        let one = "usage: kafka-transactions.sh --bootstrap-server host:port describe-producers [-h] --topic TOPIC \
                   --partition PARTITION [--broker-id BROKER_ID]\n\
                   kafka-transactions.sh: error: argument --partition is required\n";
        let line = "--bootstrap-server h:1 describe-producers --topic t";
        assert_eq!(refused(line), (1, one.to_owned()));
        let (code, err) = refused("--bootstrap-server h:1 list extra");
        assert!(
            code == 1 && err.ends_with("error: unrecognized arguments: 'extra'\n"),
            "{err}"
        );
    }
}
