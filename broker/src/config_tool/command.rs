//! The subcommands of `ottla config` and what they end with.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::explain::explain;
use crate::config::{Layers, Profile, read_properties_file};

/// What `ottla config` can do.
#[derive(Clone, Debug, Subcommand)]
pub enum ConfigCommand {
    /// Say of each key of a properties file what it will do here, and everything that is wrong with it.
    ///
    /// A key acts, is kept and shown (it needs replicas, more brokers or a feature to come), has no meaning here, or is
    /// unknown. Environment variables count only where a config provider asks for them. Nothing is started or changed.
    /// Ends with 0 when a broker would start with the file, with 1 when not.
    #[command(
        after_help = "Examples:\n  ottla config check /opt/kafka/config/server.properties\n  \
                            ottla config check --profile dev server.properties"
    )]
    Check(CheckArgs),
}

/// Arguments of `ottla config check`.
#[derive(Clone, Debug, Args)]
pub struct CheckArgs {
    /// The properties file.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    /// Which defaults to take for what the file does not set: dev, or kafka.
    #[arg(long, value_name = "dev|kafka", default_value = "kafka", value_parser = parse_profile)]
    pub profile: Profile,
}

fn parse_profile(text: &str) -> Result<Profile, String> {
    match text {
        "dev" => Ok(Profile::Dev),
        "kafka" => Ok(Profile::Kafka),
        _ => Err("it must be dev or kafka".to_owned()),
    }
}

impl ConfigCommand {
    /// Does it, printing to `out`; answers whether a broker would start.
    ///
    /// # Errors
    /// A sentence when there is nothing to look at, or nowhere to print to.
    pub fn run(&self, out: &mut dyn Write) -> anyhow::Result<bool> {
        let ConfigCommand::Check(args) = self;
        let name = args.file.display().to_string();
        let text = read_properties_file(&args.file)?;
        let variables = std::env::vars_os();
        let layers = Layers {
            profile: Some(args.profile),
            file: Some((name, text)),
            only_file: true,
            environment: variables
                .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
                .collect(),
            ..Layers::default()
        };
        let (text, is_sound) = explain(&layers);
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            // Whoever reads has seen enough.
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error.into()),
            _ => Ok(is_sound),
        }
    }
}
