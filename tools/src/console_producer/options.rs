//! The command line of the console producer.

use crate::Io;
use crate::client::ClientError;
use crate::options::{Parsed, Spec, flag, opt};
use crate::producer::ProducerConfig;
use crate::properties::{Properties, pairs};

/// Its options.
pub(super) const SPEC: Spec = Spec {
    purpose: "This tool helps to read data from standard input and publish it to Kafka.",
    opts: &[
        opt("batch-size", "bytes", "Most bytes of a batch (batch.size) [default: 16384].").int(),
        opt("bootstrap-server", "host:port,...", "The brokers to connect to."),
        opt("command-config", "file", "Properties of the producer."),
        opt("command-property", "key=value", "A property of the producer.").repeatable(),
        opt("compression-codec", "codec", "none, gzip, snappy, lz4 or zstd; gzip if none is named.").optional(),
        opt("line-reader", "class", "What reads lines: LineMessageReader is built in."),
        opt("max-block-ms", "ms", "Longest wait for the topic [default: 60000].").long(),
        opt("max-memory-bytes", "bytes", "Known, and without meaning: what is sent does not wait in memory.").long(),
        opt("max-partition-memory-bytes", "bytes", "Older name of --batch-size.").int(),
        opt("message-send-max-retries", "count", "How often a batch is sent again [default: 3].").int(),
        opt("metadata-expiry-ms", "ms", "Known, and without meaning: leaders are asked for when they change.").long(),
        opt("producer-property", "key=value", "Older name of --command-property.").repeatable(),
        opt("producer.config", "file", "Older name of --command-config."),
        opt("property", "key=value", "Older name of --reader-property.").repeatable(),
        opt("reader-config", "file", "Properties of the line reader."),
        opt(
            "reader-property",
            "key=value",
            "A property of the line reader: parse.key, parse.headers, ignore.error (false), key.separator (tab), \
             headers.delimiter (tab), headers.separator (,), headers.key.separator (:), null.marker.",
        )
        .repeatable(),
        opt("request-required-acks", "acks", "0, 1, -1 or all [default: -1]."),
        opt("request-timeout-ms", "ms", "Longest wait for an answer [default: 1500].").int(),
        opt("retry-backoff-ms", "ms", "Wait before a batch is sent again [default: 100].").long(),
        opt("socket-buffer-size", "bytes", "Known, and without meaning: the system chooses.").int(),
        flag("sync", "Wait for each record's answer before the next one."),
        opt("timeout", "ms", "Longest wait for a batch to fill [default: 1000].").long(),
        opt("topic", "topic", "The topic to write to."),
    ],
};

/// The options that are settings of the producer, with their defaults.
const SETTINGS: [(&str, &str, &str); 6] = [
    ("timeout", "linger.ms", "1000"),
    ("request-required-acks", "acks", "-1"),
    ("request-timeout-ms", "request.timeout.ms", "1500"),
    ("message-send-max-retries", "retries", "3"),
    ("retry-backoff-ms", "retry.backoff.ms", "100"),
    ("max-block-ms", "max.block.ms", "60000"),
];

/// What the command line asks for.
pub(super) struct Options {
    pub topic: String,
    pub bootstrap: String,
    pub sync: bool,
    pub reader: Properties,
    pub producer: Properties,
    pub config: ProducerConfig,
}

/// Why there are no options: the exit code, with everything said.
pub(super) type Refused = i32;

impl Options {
    pub(super) fn read(args: &[String], io: &mut Io<'_>) -> Result<Options, Refused> {
        let given = match SPEC.parse(args) {
            Ok(given) => given,
            Err(wrong) if wrong.starts_with("Cannot parse") => {
                io.complain(wrong);
                return Err(1);
            }
            Err(wrong) => return Err(SPEC.refuse(io, &wrong)),
        };
        if given.word_count == 0 || given.has("help") || given.has("version") {
            return Err(SPEC.begin(args, io).err().unwrap_or(1));
        }
        check(&given).map_err(|wrong| SPEC.refuse(io, &wrong))?;
        warn_of_old_names(&given, io);
        let (Some(topic), Some(bootstrap)) = (given.value("topic"), given.value("bootstrap-server")) else {
            return Err(1);
        };
        let thrown = |io: &mut Io<'_>, exception: String| {
            io.complain(exception);
            1
        };
        let reader = files_and_pairs(&given, &["reader-config"], &["reader-property", "property"])
            .map_err(|error| thrown(io, error))?;
        let producer = files_and_pairs(
            &given,
            &["command-config", "producer.config"],
            &["command-property", "producer-property"],
        )
        .map_err(|error| thrown(io, error))?;
        let producer = merged(&given, producer);
        let config = ProducerConfig::new(&producer).map_err(|error| thrown(io, error.to_string()))?;
        Ok(Options {
            topic: topic.to_owned(),
            bootstrap: bootstrap.to_owned(),
            sync: given.has("sync"),
            reader,
            producer,
            config,
        })
    }

    /// The reader class must be the one that is built in.
    pub(super) fn check_reader(args: &[String]) -> Result<(), ClientError> {
        const BUILT_IN: &str = "org.apache.kafka.tools.LineMessageReader";
        let given = SPEC.parse(args).unwrap_or_default();
        match given.value("line-reader") {
            Some(class) if class != BUILT_IN => {
                Err(ClientError::foreign("java.lang.ClassNotFoundException", class))
            }
            _ => Ok(()),
        }
    }
}

fn check(given: &Parsed) -> Result<(), String> {
    given.require(&["topic"])?;
    for (new, old) in [
        ("command-config", "producer.config"),
        ("command-property", "producer-property"),
        ("reader-property", "property"),
    ] {
        if given.has(new) && given.has(old) {
            return Err(format!(
                "Options --{new} and --{old} cannot be specified together."
            ));
        }
    }
    let Some(server) = given.value("bootstrap-server") else {
        return Err("Error while validating the bootstrap address\n".to_owned());
    };
    let is_address = |address: &str| {
        let port = address.trim().rsplit_once(':').map(|(_, port)| port);
        port.is_some_and(|port| port.parse::<u16>().is_ok())
    };
    match server.split(',').all(is_address) {
        true => Ok(()),
        false => Err("Please provide valid host:port like host1:9091,host2:9092\n".to_owned()),
    }
}

fn warn_of_old_names(given: &Parsed, io: &mut Io<'_>) {
    for (old, new) in [
        ("property", "reader-property"),
        ("producer-property", "command-property"),
        ("producer.config", "command-config"),
    ] {
        if given.has(old) {
            io.say(format!(
                "Warning: --{old} is deprecated and will be removed in a future version. Use --{new} instead."
            ));
        }
    }
    if given.has("max-partition-memory-bytes") {
        io.say(
            "Warning: --max-partition-memory-bytes is deprecated and will be removed in Apache Kafka 5.0. Use --batch-size instead.",
        );
    }
}

/// What files say, and what is given as pairs on top; the error is Java's exception.
fn files_and_pairs(given: &Parsed, files: &[&str], names: &[&str]) -> Result<Properties, String> {
    let mut properties = Properties::default();
    for file in files.iter().filter_map(|name| given.value(name)) {
        properties =
            Properties::load(file).map_err(|error| format!("java.nio.file.NoSuchFileException: {error}"))?;
    }
    for name in names {
        pairs(&mut properties, given.all(name));
    }
    Ok(properties)
}

/// The producer's properties: what was given as an option wins, its default does not.
fn merged(given: &Parsed, mut properties: Properties) -> Properties {
    for (option, key, default) in SETTINGS {
        if given.has(option) || properties.get(key).is_none() {
            properties.set(key, given.value(option).unwrap_or(default));
        }
    }
    for option in ["batch-size", "max-partition-memory-bytes"] {
        if let Some(bytes) = given.value(option) {
            properties.set("batch.size", bytes);
        }
    }
    if given.has("compression-codec") {
        let codec = given.value("compression-codec").filter(|codec| !codec.is_empty());
        properties.set("compression.type", codec.unwrap_or("gzip"));
    }
    if properties.get("client.id").is_none() {
        properties.set("client.id", "console-producer");
    }
    properties
}
