//! Runs a tool: ours, or Apache's.

use std::io::Write;
use std::process::{Command, Stdio};

use compat_tests::server::binary;

/// What a tool came to.
#[derive(Debug, PartialEq, Eq)]
pub struct Ended {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// The Java class of each script.
const CLASSES: &[(&str, &str)] = &[
    (
        "kafka-console-consumer",
        "org.apache.kafka.tools.consumer.ConsoleConsumer",
    ),
    ("kafka-console-producer", "org.apache.kafka.tools.ConsoleProducer"),
    (
        "kafka-consumer-groups",
        "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    ),
    (
        "kafka-consumer-perf-test",
        "org.apache.kafka.tools.ConsumerPerformance",
    ),
    ("kafka-features", "org.apache.kafka.tools.FeatureCommand"),
    ("kafka-groups", "org.apache.kafka.tools.GroupsCommand"),
    (
        "kafka-metadata-quorum",
        "org.apache.kafka.tools.MetadataQuorumCommand",
    ),
    (
        "kafka-producer-perf-test",
        "org.apache.kafka.tools.ProducerPerformance",
    ),
    ("kafka-storage", "kafka.tools.StorageTool"),
];

/// A tool, to be given arguments.
pub struct Tool {
    command: Command,
    input: String,
}

/// The tool of this name. The binary is run by the name of the script, as in an image.
pub fn tool(name: &str) -> Tool {
    let command = match std::env::var("TOOLS_LIBS") {
        Ok(libs) => {
            let class = CLASSES.iter().find(|row| row.0 == name).unwrap().1;
            // As Kafka's scripts log.
            let log = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools_data/log4j2.properties");
            let mut command = Command::new("java");
            command
                .args([
                    "-XX:TieredStopAtLevel=1",
                    "-XX:+UseSerialGC",
                    "-Xshare:auto",
                    "-cp",
                ])
                .arg(format!("{libs}/*"))
                .arg(format!("-Dlog4j2.configurationFile={log}"))
                .arg(class);
            command
        }
        Err(_) => {
            let mut command = Command::new(binary());
            command.arg(name);
            command
        }
    };
    Tool {
        command,
        input: String::new(),
    }
}

impl Tool {
    /// Arguments, split at spaces.
    pub fn words(mut self, words: &str) -> Tool {
        self.command.args(words.split_whitespace());
        self
    }

    /// One argument as it is.
    pub fn arg(mut self, arg: &str) -> Tool {
        self.command.arg(arg);
        self
    }

    /// What it reads.
    pub fn input(mut self, text: &str) -> Tool {
        self.input = text.to_owned();
        self
    }

    /// Runs it to its end. Of standard error, what only one's clients say is left out: frames of stacks, notes and
    /// warnings of Java's, times of log lines, and the help behind a sentence.
    pub fn run(mut self) -> Ended {
        let mut child = self
            .command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A tool that ends early does not read.
        let _ = child.stdin.take().unwrap().write_all(self.input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Ended {
            code: output.status.code().unwrap_or(-1),
            out: text(output.stdout),
            err: essence(&text(output.stderr)),
        }
    }
}

fn essence(err: &str) -> String {
    let is_noise = |line: &&str| {
        line.starts_with("\tat ")
            || line.starts_with("The consumer rebalance protocol (KIP-848)")
            || line.contains(" WARN ")
            || line.contains("StatusLogger")
    };
    let lines = err.lines().filter(|line| !is_noise(line));
    let lines = lines.take_while(|line| !line.starts_with("Option  "));
    let timeless = |line: &str| match line.split_once("] ERROR ") {
        Some((time, rest)) if time.starts_with('[') => format!("ERROR {rest}"),
        _ => line.to_owned(),
    };
    lines.map(timeless).collect::<Vec<_>>().join("\n")
}

/// One that went well, and said nothing on standard error.
pub fn printed(out: &str) -> Ended {
    Ended {
        code: 0,
        out: out.to_owned(),
        err: String::new(),
    }
}

/// One that was called wrongly.
pub fn refused(err: &str) -> Ended {
    Ended {
        code: 1,
        out: String::new(),
        err: err.to_owned(),
    }
}
