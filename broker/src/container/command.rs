//! The subcommands of `ottla container`, which the image's start scripts call.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::properties::{Found, compose, to_file};
use crate::announce::Announce;
use crate::config::{Layers, Profile, StartOptions, properties_text};
use crate::env::Env;

/// Where `apache/kafka` looks for a user's files.
const MOUNTED: &str = "/mnt/shared/config/server.properties";
/// The image's own, for who sets nothing.
const DEFAULT: &str = "/etc/kafka/docker/server.properties";
/// Where the outcome is left for people and tools to read.
const FINAL: &str = "/opt/kafka/config/server.properties";
/// Where data are looked for, and kept in the first when there are none: images of Kafka differ.
const DATA: [&str; 3] = [
    "/var/lib/kafka/data",
    "/tmp/kraft-combined-logs",
    "/tmp/kafka-logs",
];

/// What a folder has that holds data.
const MARK: &str = "meta.properties";

/// What `ottla container` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum ContainerCommand {
    /// Run a broker as the image does: KAFKA_* variables, a mounted server.properties, the image's defaults.
    ///
    /// OTTLA_PROFILE chooses the profile [default: dev], OTTLA_ANNOUNCE the lines to print when it serves [default:
    /// kafka], OTTLA_LOG what to log, OTTLA_READY_FILE the file to write when it serves.
    #[command(after_help = "Examples:\n  KAFKA_NUM_PARTITIONS=3 ottla container run\n  \
                            ottla container run --properties /etc/kafka/kafka.properties")]
    Run(RunArgs),
    /// Write what the variables and files make: the properties that `run` would start with.
    #[command(
        after_help = "Examples:\n  KAFKA_NUM_PARTITIONS=3 ottla container properties\n  \
                            ottla container properties --to /etc/kafka/kafka.properties"
    )]
    Properties(PropertiesArgs),
}

/// Arguments of `ottla container run`.
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    /// Start with this file alone, as `ottla container properties` wrote it.
    #[arg(long, value_name = "FILE")]
    pub properties: Option<PathBuf>,
}

/// Arguments of `ottla container properties`.
#[derive(Clone, Debug, Args)]
pub struct PropertiesArgs {
    /// Where to [default: standard output].
    #[arg(long, value_name = "FILE")]
    pub to: Option<PathBuf>,
}

impl RunArgs {
    /// What to start.
    ///
    /// # Errors
    /// One sentence about the first thing that is wrong.
    pub fn options(&self, environment: &BTreeMap<String, String>) -> anyhow::Result<StartOptions> {
        let env = Env::system();
        let file = match &self.properties {
            Some(path) => {
                let bytes = env
                    .fs
                    .read(path)
                    .with_context(|| format!("cannot read the properties file {}", path.display()))?;
                (
                    path.display().to_string(),
                    String::from_utf8_lossy(&bytes).into_owned(),
                )
            }
            None => {
                let text = composed(&env, environment);
                // For people to look at; a root file system that is read-only is no reason not to serve.
                let _ = env.fs.write_unsynced(Path::new(FINAL), &to_file(&text));
                ("the container's properties".to_owned(), text)
            }
        };
        let layers = Layers {
            profile: Some(profile(environment)?),
            file: Some(file),
            environment: environment.clone(),
            only_file: true,
            ..Layers::default()
        };
        let mut config = layers.config()?;
        // Images take CLUSTER_ID for formatting only: a folder that has an id keeps it.
        let is_formatted = |folder: &PathBuf| env.fs.exists(&folder.join(MARK)).unwrap_or(false);
        if config.data_dirs.iter().any(is_formatted) {
            config.cluster_id = None;
        }
        let mut options = StartOptions::new(config);
        options.banner = true;
        options.announce = Some(announce(environment)?);
        options.ready_file = ready_file(&env, environment);
        Ok(options)
    }
}

impl PropertiesArgs {
    /// Writes them.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn run(
        &self,
        environment: &BTreeMap<String, String>,
        out: &mut dyn std::io::Write,
    ) -> anyhow::Result<()> {
        let env = Env::system();
        let text = composed(&env, environment);
        match &self.to {
            Some(path) => env
                .fs
                .write_unsynced(path, &to_file(&text))
                .with_context(|| format!("cannot write {}", path.display())),
            None => Ok(out.write_all(&to_file(&text))?),
        }
    }
}

fn composed(env: &Env, environment: &BTreeMap<String, String>) -> String {
    let text_of = |path: &str| {
        let bytes = env.fs.read(Path::new(path)).ok()?;
        Some(properties_text(&bytes))
    };
    let holds_data = |folder: &&str| {
        let mark = Path::new(folder).join(MARK);
        env.fs.exists(&mark).unwrap_or(false)
    };
    let data = DATA.iter().find(|folder| holds_data(folder)).unwrap_or(&DATA[0]);
    let found = Found {
        mounted: text_of(MOUNTED),
        default: text_of(DEFAULT),
        data: (*data).to_owned(),
    };
    compose(&found, environment)
}

fn given<'a>(environment: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let value = environment.get(name).map(|value| value.trim());
    value.filter(|value| !value.is_empty())
}

fn profile(environment: &BTreeMap<String, String>) -> anyhow::Result<Profile> {
    match given(environment, "OTTLA_PROFILE") {
        None | Some("dev") => Ok(Profile::Dev),
        Some("kafka") => Ok(Profile::Kafka),
        Some(other) => anyhow::bail!("OTTLA_PROFILE={other} is not allowed: it must be dev or kafka."),
    }
}

fn announce(environment: &BTreeMap<String, String>) -> anyhow::Result<Announce> {
    let name = given(environment, "OTTLA_ANNOUNCE").unwrap_or("kafka");
    Announce::parse(name)
        .with_context(|| format!("OTTLA_ANNOUNCE={name} is not allowed: it must be kafka or redpanda."))
}

/// The file for `ottla health`, unless nobody may write there.
fn ready_file(env: &Env, environment: &BTreeMap<String, String>) -> Option<PathBuf> {
    let path = PathBuf::from(given(environment, "OTTLA_READY_FILE")?);
    // Empty until the broker serves: what an earlier one wrote must not count.
    env.fs.write_unsynced(&path, b"").ok().map(|()| path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(file: &str, variables: &[(&str, &str)]) -> Result<StartOptions, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("kafka.properties");
        Env::system()
            .fs
            .write_unsynced(&path, file.as_bytes())
            .expect("writes");
        let variables = variables
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
        let properties = Some(path);
        RunArgs { properties }
            .options(&variables)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn only_the_file_counts_in_the_end() {
        let started = options(
            "listeners=PLAINTEXT://:9092\nnum.partitions=4\n",
            &[("KAFKA_NUM_PARTITIONS", "5")],
        )
        .expect("starts");
        assert_eq!(started.config.num_partitions, 4);
        assert_eq!(started.config.profile(), Profile::Dev);
        assert_eq!(
            (started.announce, started.ready_file),
            (Some(Announce::Kafka), None)
        );
    }

    #[test]
    fn profile_and_lines_can_be_chosen() {
        let file = "listeners=PLAINTEXT://:9092\n";
        let started = options(
            file,
            &[("OTTLA_PROFILE", "kafka"), ("OTTLA_ANNOUNCE", "redpanda")],
        )
        .expect("starts");
        assert_eq!(started.config.profile(), Profile::Kafka);
        assert_eq!(started.announce, Some(Announce::Redpanda));
        assert_eq!(
            options(file, &[("OTTLA_PROFILE", "x")]).expect_err("refused"),
            "OTTLA_PROFILE=x is not allowed: it must be dev or kafka."
        );
        assert_eq!(
            options(file, &[("OTTLA_ANNOUNCE", "x")]).expect_err("refused"),
            "OTTLA_ANNOUNCE=x is not allowed: it must be kafka or redpanda."
        );
    }

    #[test]
    fn an_unknown_variable_is_no_reason_to_stop() {
        let file =
            "listeners=PLAINTEXT://:9092\nconfluent.support.metrics.enable=false\nport=tcp://10.0.0.1\n";
        assert!(options(file, &[]).is_ok());
        let refused = options("listeners=PLAINTEXT://:9092\nnum.partitions=x\n", &[]).expect_err("refused");
        assert!(refused.starts_with("num.partitions=x in /"), "{refused}");
    }
}
