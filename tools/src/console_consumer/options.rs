//! The command line of the console consumer (`ConsoleConsumerOptions`).

use super::format::Format;
use crate::Io;
use crate::options::{Parsed, Spec, flag, opt};
use crate::properties::{Properties, pairs};

/// Its options.
pub(super) const SPEC: Spec = Spec {
    purpose: "This tool helps to read data from Kafka topics and outputs it to standard output.",
    opts: &[
        opt("bootstrap-server", "host:port,...", "The brokers to connect to."),
        opt("command-config", "file", "Properties of the consumer."),
        opt("command-property", "key=value", "A property of the consumer.").repeatable(),
        opt("consumer-property", "key=value", "Older name of --command-property.").repeatable(),
        opt("consumer.config", "file", "Older name of --command-config."),
        flag("enable-systest-events", "Say shutdown_complete at the end."),
        opt("formatter", "class", "How records are printed [default: DefaultMessageFormatter]."),
        opt("formatter-config", "file", "Properties of the formatter."),
        opt(
            "formatter-property",
            "key=value",
            "A property of the formatter: print.timestamp, print.key, print.offset, print.epoch, print.partition, \
             print.headers (false), print.value (true), key.separator (tab), line.separator (newline), \
             headers.separator (,), null.literal (null), and key., value. and headers.deserializer.",
        )
        .repeatable(),
        flag("from-beginning", "Begin at the first record where the group has committed nothing."),
        opt("group", "group", "The group to read in [default: one of its own]."),
        opt("include", "regex", "Read the topics whose whole name matches."),
        opt("isolation-level", "level", "read_uncommitted or read_committed [default: read_uncommitted]."),
        opt("key-deserializer", "class", "What makes text of keys."),
        opt("max-messages", "count", "End after so many records.").int(),
        opt("offset", "offset", "Begin at this offset, or at earliest or latest [default: latest]."),
        opt("partition", "number", "Read this partition, in no group.").int(),
        opt("property", "key=value", "Older name of --formatter-property.").repeatable(),
        flag("skip-message-on-error", "Go on behind a record that cannot be printed."),
        opt("timeout-ms", "ms", "End when no record came for so long.").long(),
        opt("topic", "topic", "The topic to read."),
        opt("value-deserializer", "class", "What makes text of values."),
    ],
};

/// What is read.
pub(super) enum Source {
    Topic(String),
    Include(String),
    /// Topic, partition and offset; -1 is the end, -2 the beginning.
    Partition(String, i32, i64),
}

/// What the command line asks for.
pub(super) struct Options {
    pub bootstrap: String,
    pub source: Source,
    pub consumer: Properties,
    pub format: Format,
    /// -1 for no end.
    pub max_messages: i64,
    pub timeout_ms: Option<u64>,
    pub skips_errors: bool,
    pub tells_events: bool,
}

impl Options {
    /// Reads the command line; with anything wrong, all is said and the exit code comes back.
    pub(super) fn read(args: &[String], io: &mut Io<'_>) -> Result<Options, i32> {
        let given = SPEC.read(args, io)?;
        if given.word_count == 0 || given.has("help") || given.has("version") {
            return Err(SPEC.begin(args, io).err().unwrap_or(1));
        }
        check(&given).map_err(|wrong| SPEC.refuse(io, &wrong))?;
        let loaded = |io: &mut Io<'_>, name: &str| match given.value(name).map(Properties::load) {
            None => Ok(Properties::default()),
            Some(Ok(properties)) => Ok(properties),
            Some(Err(error)) => {
                io.complain(format!(
                    "Exception in thread \"main\" java.nio.file.NoSuchFileException: {error}"
                ));
                Err(1)
            }
        };
        for (old, new) in [
            ("consumer-property", "command-property"),
            ("consumer.config", "command-config"),
        ] {
            if given.has(old) {
                io.say(format!(
                    "Option --{old} is deprecated and will be removed in a future version. Use --{new} instead."
                ));
            }
        }
        let mut file = loaded(io, "command-config")?;
        if given.has("consumer.config") {
            file = loaded(io, "consumer.config")?;
        }
        let group = group(&given, &file).map_err(|wrong| SPEC.refuse(io, &wrong))?;
        let consumer = consumer_properties(&given, file, group, io)?;
        let offset = offset(&given).map_err(|wrong| SPEC.refuse(io, &wrong))?;
        let topic = given.value("topic").unwrap_or_default().to_owned();
        let source = match (given.number("partition"), given.value("include")) {
            (Some(partition), _) => Source::Partition(topic, partition, offset),
            (None, Some(pattern)) => Source::Include(pattern.to_owned()),
            (None, None) => Source::Topic(topic),
        };
        if given.has("property") && given.has("formatter-property") {
            let wrong = "Options --property and --formatter-property cannot be specified together.";
            return Err(SPEC.refuse(io, wrong));
        }
        let formatter = loaded(io, "formatter-config")?;
        let format = format(&given, formatter, io).map_err(|wrong| SPEC.refuse(io, &wrong))?;
        Ok(Options {
            bootstrap: given.value("bootstrap-server").unwrap_or_default().to_owned(),
            source,
            consumer,
            format,
            max_messages: given.number("max-messages").unwrap_or(-1),
            timeout_ms: given
                .number::<i64>("timeout-ms")
                .and_then(|ms| u64::try_from(ms).ok()),
            skips_errors: given.has("skip-message-on-error"),
            tells_events: given.has("enable-systest-events"),
        })
    }
}

fn check(given: &Parsed) -> Result<(), String> {
    if given.has("topic") == given.has("include") {
        return Err("Exactly one of the following arguments is required: [topic], [include]".to_owned());
    }
    if given.has("partition") {
        if !given.has("topic") {
            return Err("The topic is required when partition is specified.".to_owned());
        }
        if given.has("from-beginning") && given.has("offset") {
            return Err("Options from-beginning and offset cannot be specified together.".to_owned());
        }
    } else if given.has("offset") {
        return Err("The partition is required when offset is specified.".to_owned());
    }
    given.require(&["bootstrap-server"])?;
    for (old, new) in [
        ("consumer-property", "command-property"),
        ("consumer.config", "command-config"),
    ] {
        if given.has(old) && given.has(new) {
            return Err(format!(
                "Options --{old} and --{new} cannot be specified together."
            ));
        }
    }
    Ok(())
}

/// The group, which all places that name one must agree on.
fn group(given: &Parsed, file: &Properties) -> Result<Option<String>, String> {
    let mut extra = Properties::default();
    pairs(
        &mut extra,
        given
            .all("command-property")
            .chain(given.all("consumer-property")),
    );
    let mut named: Vec<&str> = Vec::new();
    for name in [given.value("group"), file.get("group.id"), extra.get("group.id")] {
        named.extend(name.filter(|name| !named.contains(name)));
    }
    if named.len() > 1 {
        named.sort_unstable();
        let quoted: Vec<String> = named.iter().map(|name| format!("'{name}'")).collect();
        return Err(format!(
            "The group ids provided in different places (directly using '--group', via '--consumer-property', or via \
             '--consumer.config') do not match. Detected group ids: {}",
            quoted.join(", ")
        ));
    }
    if !named.is_empty() && given.has("partition") {
        return Err("Options group and partition cannot be specified together.".to_owned());
    }
    Ok(named.first().map(|name| (*name).to_owned()))
}

fn consumer_properties(
    given: &Parsed,
    file: Properties,
    group: Option<String>,
    io: &mut Io<'_>,
) -> Result<Properties, i32> {
    let mut properties = file;
    pairs(
        &mut properties,
        given
            .all("command-property")
            .chain(given.all("consumer-property")),
    );
    let is_from_beginning = given.has("from-beginning");
    match properties.get("auto.offset.reset") {
        Some(reset) if is_from_beginning && reset != "earliest" => {
            io.complain(format!(
                "Can't simultaneously specify --from-beginning and 'auto.offset.reset={reset}', please remove one option"
            ));
            return Err(1);
        }
        Some(_) => {}
        None => properties.set(
            "auto.offset.reset",
            if is_from_beginning { "earliest" } else { "latest" },
        ),
    }
    if properties.get("client.id").is_none() {
        properties.set("client.id", "console-consumer");
    }
    if given.has("isolation-level") || properties.get("isolation.level").is_none() {
        properties.set(
            "isolation.level",
            given.value("isolation-level").unwrap_or("read_uncommitted"),
        );
    }
    match group {
        Some(group) => properties.set("group.id", group),
        None => {
            let chance = crate::env::random_uuid().as_u128() % 100_000;
            properties.set("group.id", format!("console-consumer-{chance}"));
            if properties.get("enable.auto.commit").is_none() {
                properties.set("enable.auto.commit", "false");
            }
        }
    }
    Ok(properties)
}

fn offset(given: &Parsed) -> Result<i64, String> {
    let Some(text) = given.value("offset") else {
        return Ok(if given.has("from-beginning") { -2 } else { -1 });
    };
    match text.to_ascii_lowercase().as_str() {
        "earliest" => Ok(-2),
        "latest" => Ok(-1),
        _ => match text.parse::<i64>() {
            Ok(offset) if offset >= 0 => Ok(offset),
            _ => Err(format!(
                "The provided offset value '{text}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long."
            )),
        },
    }
}

fn format(given: &Parsed, mut properties: Properties, io: &mut Io<'_>) -> Result<Format, String> {
    if given.has("property") {
        io.say(
            "Option --property is deprecated and will be removed in a future version. Use --formatter-property instead.",
        );
    }
    for (option, key) in [
        ("key-deserializer", "key.deserializer"),
        ("value-deserializer", "value.deserializer"),
    ] {
        if let Some(class) = given.value(option).filter(|class| !class.is_empty()) {
            properties.set(key, class);
        }
    }
    pairs(
        &mut properties,
        given.all("formatter-property").chain(given.all("property")),
    );
    let class = given.value("formatter");
    Format::new(
        class.unwrap_or("org.apache.kafka.tools.consumer.DefaultMessageFormatter"),
        &properties,
        io,
    )
}
