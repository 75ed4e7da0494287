//! The command line: flags, the config file, the log filter. Everything ends in [`StartOptions`].

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::announce::Announce;
use crate::config::{Flush, Layers, Profile, StartOptions, read_properties_file};
use crate::config_tool::ConfigCommand;
use crate::container::{ContainerCommand, HealthArgs};
use crate::log_tool::LogCommand;

/// Ottla: a Kafka broker in one small native binary.
///
/// Without flags it listens on localhost:9092 and keeps its data in ./ottla-data. Any config of Kafka can be given in
/// a file (--config), in a KAFKA_* environment variable, or with --set; flags win over --set, --set over the
/// environment, the environment over the file.
#[derive(Clone, Debug, Default, Parser)]
#[command(
    name = "ottla",
    version,
    max_term_width = 100,
    args_conflicts_with_subcommands = true,
    after_help = tool_names()
)]
pub struct Cli {
    /// What to do instead of running a broker.
    #[command(subcommand)]
    pub command: Option<Command>,

    /// Address to listen on; may be repeated. Port 0 takes a free one and prints it. Clients are told the address that
    /// they dialled.
    ///
    /// Example: --listen 0.0.0.0:9092 --listen '[::1]:0'
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Vec<String>,

    /// Folder for the data [default: ./ottla-data].
    ///
    /// Example: --data /var/lib/ottla
    #[arg(long, value_name = "DIR", conflicts_with = "memory")]
    pub data: Option<PathBuf>,

    /// Keep everything in memory and nothing on disk.
    ///
    /// Example: ottla --memory --listen localhost:0
    #[arg(long)]
    pub memory: bool,

    /// Most records kept with --memory, in bytes or with a unit [default: 1GiB].
    ///
    /// Example: --memory --memory-limit 256MiB
    #[arg(long, value_name = "SIZE", value_parser = parse_size)]
    pub memory_limit: Option<i64>,

    /// When a write counts as done: handed to the operating system, or synced to the disk [default: os].
    ///
    /// Example: --flush fsync
    #[arg(long, value_name = "os|fsync", value_parser = parse_flush)]
    pub flush: Option<Flush>,

    /// Properties file, as Kafka's server.properties. It chooses the kafka profile.
    ///
    /// Example: --config config/server.properties
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Set one config by its Kafka name; may be repeated.
    ///
    /// Example: --set num.partitions=6 --set auto.create.topics.enable=false
    #[arg(long, value_name = "KEY=VALUE", value_parser = parse_pair)]
    pub set: Vec<(String, String)>,

    /// Defaults for what nobody set: dev waits for nothing, kafka is Kafka to the letter [default: dev, or kafka with
    /// --config].
    ///
    /// Example: --profile kafka
    #[arg(long, value_name = "dev|kafka", value_parser = parse_profile)]
    pub profile: Option<Profile>,

    /// Serve metrics there, as http://HOST:PORT/metrics, in the format that Prometheus reads [default: nowhere]. Port 0
    /// takes a free one and prints it.
    ///
    /// Example: --metrics localhost:9404
    #[arg(long, value_name = "HOST:PORT")]
    pub metrics: Option<String>,

    /// File to write when the broker serves: its addresses, one a line.
    ///
    /// Example: --ready-file /run/ottla.ready
    #[arg(long, value_name = "FILE")]
    pub ready_file: Option<PathBuf>,

    /// Print the lines on standard output that scripts wait for who expect another broker [default: none].
    ///
    /// Example: --announce kafka
    #[arg(long, value_name = "kafka|redpanda", value_parser = parse_announce)]
    pub announce: Option<Announce>,

    /// What to log: a level, or a filter by module [default: warn].
    ///
    /// Example: --log debug, or --log info,ottla::groups=trace
    #[arg(long, value_name = "LEVEL|FILTER")]
    pub log: Option<String>,
}

/// What the binary can do besides being a broker.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Look at a data folder or at one of its files, without a broker.
    #[command(subcommand)]
    Log(LogCommand),
    /// Start as the container image does, or show what it would start with.
    #[command(subcommand)]
    Container(ContainerCommand),
    /// Ask a broker whether it serves; ends with 0 when it does, with 1 when not.
    #[command(
        after_help = "Examples:\n  ottla health\n  ottla health --bootstrap localhost:9092 --quiet && echo up\n  \
                      ottla health --ready-file /run/ottla.ready"
    )]
    Health(HealthArgs),
    /// Look at a properties file, without a broker.
    #[command(subcommand)]
    Config(ConfigCommand),
}

impl Cli {
    /// What to start, with this environment.
    ///
    /// # Errors
    /// One sentence about the first thing that is wrong.
    pub fn options(&self, environment: BTreeMap<String, String>) -> anyhow::Result<StartOptions> {
        if let Some(Command::Container(ContainerCommand::Run(args))) = &self.command {
            return args.options(&environment);
        }
        let mut layers = Layers {
            profile: self.profile,
            environment,
            set: self.set.clone(),
            ..Layers::default()
        };
        if let Some(path) = &self.config {
            layers.file = Some((path.display().to_string(), read_properties_file(path)?));
        }
        if !self.listen.is_empty() {
            layers.listen(&self.listen)?;
        }
        if let Some(folder) = &self.data {
            layers.data(folder);
        }
        if self.memory {
            layers.memory(self.memory_limit);
        } else if self.memory_limit.is_some() {
            anyhow::bail!("--memory-limit has no meaning without --memory: add it, or leave the limit out.");
        }
        if let Some(flush) = self.flush {
            layers.flush(flush);
        }
        if let Some(address) = &self.metrics {
            layers.metrics(address);
        }
        let mut options = StartOptions::new(layers.config()?);
        options.ready_file.clone_from(&self.ready_file);
        options.banner = true;
        options.announce = self.announce;
        Ok(options)
    }
}

/// The last lines of the help: the scripts of Kafka that the binary stands for.
fn tool_names() -> String {
    let names: Vec<&str> = tools::TOOLS.iter().map(|tool| tool.name).collect();
    format!(
        "Kafka's scripts, as first word or as the name of a link to this binary: kafka-server-start, {}.",
        names.join(", ")
    )
}

fn parse_flush(text: &str) -> Result<Flush, String> {
    match text {
        "os" => Ok(Flush::Os),
        "fsync" => Ok(Flush::Fsync),
        _ => Err("it must be os or fsync".to_owned()),
    }
}

fn parse_announce(text: &str) -> Result<Announce, String> {
    Announce::parse(text).ok_or_else(|| "it must be kafka or redpanda".to_owned())
}

fn parse_profile(text: &str) -> Result<Profile, String> {
    match text {
        "dev" => Ok(Profile::Dev),
        "kafka" => Ok(Profile::Kafka),
        _ => Err("it must be dev or kafka".to_owned()),
    }
}

fn parse_pair(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.trim().is_empty() => Ok((key.trim().to_owned(), value.to_owned())),
        _ => Err("it must be KEY=VALUE, such as num.partitions=6".to_owned()),
    }
}

/// `1048576`, `256MiB`, `1g`: bytes, in units of 1024.
fn parse_size(text: &str) -> Result<i64, String> {
    let refused = || "it must be a size, such as 256MiB or 1GiB".to_owned();
    let lower = text.trim().to_ascii_lowercase();
    let digits = lower
        .trim_end_matches(|c: char| c.is_ascii_alphabetic())
        .trim_end();
    let unit = match lower.get(digits.len()..).unwrap_or_default().trim() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1_i64 << 40,
        _ => return Err(refused()),
    };
    let number: i64 = digits.parse().map_err(|_| refused())?;
    number
        .checked_mul(unit)
        .filter(|bytes| *bytes > 0)
        .ok_or_else(refused)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Store;

    fn options(arguments: &[&str]) -> Result<StartOptions, String> {
        let arguments = std::iter::once("ottla").chain(arguments.iter().copied());
        let cli = Cli::try_parse_from(arguments).map_err(|e| e.to_string())?;
        cli.options(BTreeMap::new()).map_err(|e| e.to_string())
    }

    #[test]
    fn the_flags_are_sound() {
        use clap::CommandFactory as _;
        Cli::command().debug_assert();
    }

    #[test]
    fn no_flags_mean_localhost_and_a_folder_beside_you() {
        let options = options(&[]).expect("starts");
        assert_eq!(options.config.listeners()[0].host, "localhost");
        assert_eq!(
            (options.storage, options.flush, options.banner),
            (Store::Disk, Flush::Os, true)
        );
    }

    #[test]
    fn every_flag_reaches_the_config() {
        let options = options(&[
            "--listen=127.0.0.1:0",
            "--listen=[::1]:7000",
            "--memory",
            "--memory-limit=2MiB",
            "--flush=fsync",
            "--metrics=localhost:9404",
            "--set=num.partitions=6",
            "--profile=kafka",
            "--ready-file=/tmp/r",
        ])
        .expect("starts");
        let hosts: Vec<(&str, u16)> = options
            .config
            .listeners()
            .iter()
            .map(|l| (l.host.as_str(), l.port))
            .collect();
        assert_eq!(hosts, [("127.0.0.1", 0), ("::1", 7000)]);
        assert_eq!(options.storage, Store::Memory { limit_bytes: 2 << 20 });
        assert_eq!((options.flush, options.config.num_partitions), (Flush::Fsync, 6));
        let metrics = options
            .config
            .metrics_listener()
            .map(|l| (l.host.as_str(), l.port));
        assert_eq!(metrics, Some(("localhost", 9404)));
        assert_eq!(options.config.profile(), Profile::Kafka);
        assert_eq!(options.ready_file, Some(PathBuf::from("/tmp/r")));
    }

    #[test]
    fn wrong_flags_are_refused_in_one_sentence() {
        let cases: [(&[&str], &str); 7] = [
            (
                &["--listen", "nowhere"],
                "--listen nowhere is not allowed: it must be HOST:PORT with a port up to 65535.",
            ),
            (
                &["--listen", "h:99999"],
                "--listen h:99999 is not allowed: it must be HOST:PORT with a port up to 65535.",
            ),
            (
                &["--memory-limit", "1g"],
                "--memory-limit has no meaning without --memory: add it, or leave the limit out.",
            ),
            (
                &["--set", "num.partitions=x"],
                "num.partitions=x in --set is not allowed: it must be an int of at least 1.",
            ),
            (
                &["--memory", "--memory-limit", "1k"],
                "ottla.memory.limit=1024 in --memory-limit is not allowed: \
                it must be a long of at least 1048576.",
            ),
            (
                &["--metrics", "9404"],
                "ottla.metrics=9404 in --metrics is not allowed: it must be HOST:PORT with a port up to 65535.",
            ),
            (
                &["--set", "ottla.metrics=::1:70000"],
                "ottla.metrics=::1:70000 in --set is not allowed: it must be HOST:PORT with a port up to 65535.",
            ),
        ];
        for (arguments, sentence) in cases {
            assert_eq!(options(arguments).expect_err("refused"), sentence);
        }
        let missing = options(&["--config", "/no/such/file"]).expect_err("refused");
        assert_eq!(
            missing,
            "cannot read the config file /no/such/file: No such file or directory (os error 2); \
             give the path of a properties file that this user may read."
        );
        assert!(
            options(&["--set", "nothing"])
                .expect_err("refused")
                .contains("it must be KEY=VALUE")
        );
        assert!(options(&["--memory", "--data", "d"]).is_err());
    }

    #[test]
    fn sizes_take_units_of_1024() {
        assert_eq!(parse_size("1048576"), Ok(1 << 20));
        assert_eq!(parse_size("256 MiB"), Ok(256 << 20));
        assert_eq!(parse_size("1g"), Ok(1 << 30));
        for wrong in ["", "x", "-1", "0", "1.5g", "9999999999t"] {
            assert!(parse_size(wrong).is_err(), "{wrong}");
        }
    }
}
