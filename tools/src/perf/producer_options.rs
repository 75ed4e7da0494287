//! The command line of the producer's test.

use std::path::Path;

use super::payload::{self, Payload};
use crate::Io;
use crate::options::{Parsed, Single, Spec, flag, opt};
use crate::properties::Properties;
use crate::wrong::Wrong;

/// Its options.
pub(super) const TOOL: Single = Single {
    name: "kafka-producer-perf-test",
    spec: Spec {
        purpose: "This tool is used to verify the producer performance.",
        opts: &[
            opt("bootstrap-server", "host:port,...", "The brokers to connect to.").repeatable(),
            opt("topic", "topic", "The topic to write to.").repeatable(),
            opt("num-records", "count", "How many records to send.")
                .long()
                .repeatable(),
            opt(
                "payload-delimiter",
                "regex",
                "What stands between the values in --payload-file [default: \\n].",
            )
            .repeatable(),
            opt(
                "throughput",
                "count",
                "Records a second at most; -1 for as many as go.",
            )
            .double()
            .repeatable(),
            opt("producer-props", "key=value", "Older name of --command-property.").many(),
            opt("command-property", "key=value", "Properties of the producer.").many(),
            opt("producer.config", "file", "Older name of --command-config.").repeatable(),
            opt(
                "command-config",
                "file",
                "A file with properties of the producer.",
            )
            .repeatable(),
            flag("print-metrics", "Print what was counted, at the end.").repeatable(),
            opt("transactional-id", "id", "Send in transactions of this id.").repeatable(),
            opt(
                "transaction-duration-ms",
                "ms",
                "Commit after so long [default: 3000].",
            )
            .long()
            .repeatable(),
            opt(
                "warmup-records",
                "count",
                "Leave so many out of a second line of figures.",
            )
            .long()
            .repeatable(),
            opt(
                "reporting-interval",
                "ms",
                "Time between two lines of progress [default: 5000].",
            )
            .long()
            .repeatable(),
            opt("record-size", "bytes", "Send random letters, so many a record.")
                .int()
                .repeatable(),
            opt(
                "payload-file",
                "file",
                "Send values of this file, picked at random.",
            )
            .repeatable(),
            flag("payload-monotonic", "Send rising numbers.").repeatable(),
        ],
    },
    required: &["topic", "num-records", "throughput"],
    one_of: &["record-size", "payload-file", "payload-monotonic"],
};

/// `transaction-duration-ms` unless given.
const TRANSACTION_MS: i64 = 3_000;

/// What the command line asks for.
pub(super) struct Options {
    pub topic: String,
    pub records: i64,
    pub throughput: f64,
    pub payload: Payload,
    pub properties: Properties,
    pub prints_metrics: bool,
    /// Age at which transactions are committed; without transactions `None`.
    pub transaction_ms: Option<i64>,
    pub warmup: i64,
    pub interval_ms: i64,
}

impl Options {
    /// Reads the command line, and the files that it names.
    pub(super) fn read(args: &[String], io: &mut Io<'_>) -> Result<Options, Wrong> {
        let given = TOOL.read(args, io)?;
        let last = |name| given.all(name).last();
        let number = |name, default| last(name).and_then(|text| text.parse().ok()).unwrap_or(default);
        let records: i64 = number("num-records", 0);
        let warmup = number("warmup-records", 0).max(0);
        let interval_ms = number("reporting-interval", 5_000);
        let record_size = last("record-size").and_then(|text| text.parse::<i64>().ok());
        let duration_ms = last("transaction-duration-ms").and_then(|text| text.parse::<i64>().ok());
        check(&given, records, warmup, record_size, duration_ms, interval_ms).map_err(Wrong::usage)?;
        let payload = match (last("payload-file"), record_size) {
            (Some(path), _) => from_file(path, last("payload-delimiter").unwrap_or("\\n"), io)?,
            (None, Some(size)) => Payload::Letters(usize::try_from(size).unwrap_or_default()),
            (None, None) => Payload::Number,
        };
        let mut properties = properties(&given, io)?;
        let is_transactional = duration_ms.is_some()
            || given.has("transactional-id")
            || properties.get("transactional.id").is_some();
        if let Some(id) = last("transactional-id") {
            properties.set("transactional.id", id);
        } else if is_transactional && properties.get("transactional.id").is_none() {
            let id = storage::encode_uuid(crate::env::random_uuid());
            properties.set("transactional.id", format!("performance-producer-{id}"));
        }
        Ok(Options {
            topic: last("topic").unwrap_or_default().to_owned(),
            records,
            throughput: last("throughput")
                .and_then(|text| text.trim().parse().ok())
                .unwrap_or(-1.0),
            payload,
            properties,
            prints_metrics: given.has("print-metrics"),
            transaction_ms: is_transactional.then(|| duration_ms.unwrap_or(TRANSACTION_MS)),
            warmup,
            interval_ms,
        })
    }
}

fn check(
    given: &Parsed,
    records: i64,
    warmup: i64,
    record_size: Option<i64>,
    duration_ms: Option<i64>,
    interval_ms: i64,
) -> Result<(), &'static str> {
    const PLACES: [&str; 5] = [
        "bootstrap-server",
        "command-property",
        "producer-props",
        "producer.config",
        "command-config",
    ];
    let both = |one, other| given.has(one) && given.has(other);
    let rules = [
        (records <= 0, "--num-records should be greater than zero."),
        (
            warmup >= records,
            "The value for --warmup-records must be strictly fewer than the number of records in the test, --num-records.",
        ),
        (
            record_size.is_some_and(|size| size <= 0),
            "--record-size should be greater than zero.",
        ),
        (
            !PLACES.iter().any(|place| given.has(place)),
            "At least one of --bootstrap-server, --command-property, --producer-props, --producer.config or --command-config must be specified.",
        ),
        (
            both("command-property", "producer-props"),
            "--command-property and --producer-props cannot be specified together.",
        ),
        (
            both("command-config", "producer.config"),
            "--command-config and --producer.config cannot be specified together.",
        ),
        (
            duration_ms.is_some_and(|ms| ms <= 0),
            "--transaction-duration-ms should be greater than zero.",
        ),
        (
            interval_ms <= 0,
            "--reporting-interval should be greater than zero.",
        ),
    ];
    let broken = rules.iter().find(|(is_broken, _)| *is_broken);
    broken.map_or(Ok(()), |(_, sentence)| Err(sentence))
}

fn from_file(path: &str, delimiter: &str, io: &mut Io<'_>) -> Result<Payload, Wrong> {
    let shown = crate::env::absolute(Path::new(path));
    io.say(format!("Reading payloads from: {}", shown.display()));
    let delimiter = if delimiter == "\\n" { "\n" } else { delimiter };
    let values = payload::read(path, delimiter).map_err(Wrong::argument)?;
    io.say(format!("Number of records read: {}", values.len()));
    Ok(Payload::OneOf(values))
}

/// The file's properties, those of the line over them, and the addresses over all.
fn properties(given: &Parsed, io: &mut Io<'_>) -> Result<Properties, Wrong> {
    for (old, new) in [
        ("producer-props", "command-property"),
        ("producer.config", "command-config"),
    ] {
        if given.has(old) {
            io.say(format!(
                "Option --{old} has been deprecated and will be removed in a future version. Use --{new} instead."
            ));
        }
    }
    let file = given
        .all("command-config")
        .chain(given.all("producer.config"))
        .last();
    let mut properties = crate::connect::command_config(file)?;
    for pair in given.all("command-property").chain(given.all("producer-props")) {
        // As Java splits: what is empty at the end is not there.
        let mut pieces: Vec<&str> = pair.split('=').collect();
        while pieces.last().is_some_and(|piece| piece.is_empty()) {
            pieces.pop();
        }
        let [key, value] = pieces[..] else {
            return Err(Wrong::argument(format!("Invalid property: {pair}")));
        };
        properties.set(key, value);
    }
    if let Some(servers) = given.all("bootstrap-server").last() {
        properties.set("bootstrap.servers", servers);
    }
    if properties.get("client.id").is_none() {
        properties.set("client.id", "perf-producer-client");
    }
    Ok(properties)
}
