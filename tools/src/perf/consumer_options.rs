//! The command line of the consumer's test.

use crate::Io;
use crate::connect::command_config;
use crate::consumer::Subscription;
use crate::options::{Parsed, Spec, flag, opt};
use crate::properties::{Properties, pairs};
use crate::wrong::Wrong;

/// Its options. Numbers are read late, as Kafka's tool does: behind the header.
pub(super) const SPEC: Spec = Spec {
    purpose: "This tool is used to verify the consumer performance.",
    opts: &[
        opt("bootstrap-server", "host:port,...", "The brokers to connect to."),
        opt("topic", "topic", "The topic to read."),
        opt("include", "regex", "Read the topics whose whole name matches."),
        opt(
            "group",
            "group",
            "The group to read in [default: one of its own].",
        ),
        opt(
            "fetch-size",
            "bytes",
            "Most bytes of a partition in one answer [default: 1048576].",
        ),
        opt("command-property", "key=value", "A property of the consumer.").repeatable(),
        flag(
            "from-latest",
            "Begin at the end where the group has committed nothing.",
        ),
        opt(
            "socket-buffer-size",
            "bytes",
            "Known, and without meaning: the system chooses.",
        ),
        opt("consumer.config", "file", "Older name of --command-config."),
        opt("command-config", "file", "Properties of the consumer."),
        flag("print-metrics", "Print what was counted, at the end."),
        flag("show-detailed-stats", "Print a line for each interval."),
        opt(
            "timeout",
            "ms",
            "End when no record came for so long [default: 10000].",
        )
        .optional(),
        opt("messages", "count", "Older name of --num-records."),
        opt("num-records", "count", "How many records to read."),
        opt(
            "reporting-interval",
            "ms",
            "Time between two lines of --show-detailed-stats [default: 5000].",
        ),
        opt(
            "date-format",
            "pattern",
            "How times are printed [default: yyyy-MM-dd HH:mm:ss:SSS].",
        ),
        flag("hide-header", "Print no header."),
    ],
};

/// The command line.
pub(super) struct Options(Parsed);

impl Options {
    /// Reads it and checks which options go together.
    ///
    /// # Errors
    /// The exit code; what is wrong is said.
    pub(super) fn read(args: &[String], io: &mut Io<'_>) -> Result<Options, i32> {
        let given = SPEC.begin(args, io)?;
        let checked = given
            .require(&["bootstrap-server"])
            .and_then(|()| given.one_of(&["topic", "include"]))
            .and_then(|()| given.one_of(&["messages", "num-records"]))
            .and_then(|()| given.exclude("consumer.config", &["command-config"]));
        if let Err(sentence) = checked {
            return Err(SPEC.refuse(io, &sentence));
        }
        for (old, new) in [("messages", "num-records"), ("consumer.config", "command-config")] {
            if given.has(old) {
                io.say(format!("Warning: --{old} is deprecated. Use --{new} instead."));
            }
        }
        Ok(Options(given))
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.0.has(name)
    }

    pub(super) fn date_format(&self) -> &str {
        self.0.value("date-format").unwrap_or("yyyy-MM-dd HH:mm:ss:SSS")
    }

    pub(super) fn bootstrap(&self) -> &str {
        self.0.value("bootstrap-server").unwrap_or_default()
    }

    /// How many records to read.
    pub(super) fn records(&self) -> Result<i64, Wrong> {
        let name = ["messages", "num-records"]
            .into_iter()
            .find(|name| self.has(name));
        self.number(name.unwrap_or("num-records"), 0)
    }

    /// The silence that ends it, in ms; what is no number is a word of its own for Kafka's tool, and passed over.
    pub(super) fn timeout_ms(&self) -> i64 {
        self.number("timeout", 10_000).unwrap_or(10_000)
    }

    pub(super) fn interval_ms(&self) -> Result<i64, Wrong> {
        match self.number("reporting-interval", 5_000)? {
            ms @ 1.. => Ok(ms),
            _ => Err(Wrong::argument("Reporting interval must be greater than 0.")),
        }
    }

    fn number<N: std::str::FromStr>(&self, name: &str, default: N) -> Result<N, Wrong> {
        Ok(self.0.late_number(name)?.unwrap_or(default))
    }

    /// What is read.
    pub(super) fn subscription(&self) -> Result<Subscription, Wrong> {
        if let Some(topic) = self.0.value("topic") {
            return Ok(Subscription::Topics(vec![topic.to_owned()]));
        }
        let pattern = self.0.value("include").unwrap_or_default();
        Ok(Subscription::matching(pattern)?)
    }

    /// The consumer's properties.
    pub(super) fn properties(&self) -> Result<Properties, Wrong> {
        let file = self
            .0
            .value("consumer.config")
            .or_else(|| self.0.value("command-config"));
        let mut properties = command_config(file)?;
        pairs(&mut properties, self.0.all("command-property"));
        properties.set("bootstrap.servers", self.bootstrap());
        let own = || format!("perf-consumer-{}", crate::env::random_uuid().as_u128() % 100_000);
        properties.set("group.id", self.0.value("group").map_or_else(own, str::to_owned));
        let fetch_bytes: i32 = self.number("fetch-size", 1_048_576)?;
        properties.set("max.partition.fetch.bytes", fetch_bytes.to_string());
        let reset = if self.has("from-latest") {
            "latest"
        } else {
            "earliest"
        };
        properties.set("auto.offset.reset", reset);
        if properties.get("client.id").is_none() {
            properties.set("client.id", "perf-consumer-client");
        }
        Ok(properties)
    }
}
