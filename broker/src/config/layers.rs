//! The layers of a start: profile, file, environment, `--set`, flags.

use std::collections::BTreeMap;

use super::broker_config::Config;
use super::environment::from_environment;
use super::error::ConfigError;
use super::profile::Profile;
use super::properties::parse_properties;
use super::settings::{Settings, Source};

/// Everything that a start is told, still in layers.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    /// `--profile`; `None` = `kafka` with a file, else `dev`.
    pub profile: Option<Profile>,
    /// The properties file: its name for messages, its text.
    pub file: Option<(String, String)>,
    /// The process's environment.
    pub environment: BTreeMap<String, String>,
    /// `--set KEY=VALUE`, in order.
    pub set: Vec<(String, String)>,
    /// What other flags stand for: flag, config, value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

impl Layers {
    /// Lays all layers over the profile: file, environment, `--set`, flags.
    ///
    /// # Errors
    /// [`ConfigError::Start`], one sentence.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let from_file = if self.file.is_some() {
            Profile::Kafka
        } else {
            Profile::Dev
        };
        let mut settings = Settings::new(self.profile.unwrap_or(from_file));
        if let Some((name, text)) = &self.file {
            let pairs = parse_properties(text).map_err(|line| {
                ConfigError::Start(format!(
                    "{name}:{line} has a malformed \\u escape: four hex digits must follow it."
                ))
            })?;
            let pairs = pairs.iter().map(|(k, v)| (k.as_str(), v.as_str()));
            settings.lay(pairs, &Source::File(name.clone()))?;
        }
        settings.lay(from_environment(&self.environment), &Source::Environment)?;
        settings.lay(
            self.set.iter().map(|(k, v)| (k.as_str(), v.as_str())),
            &Source::Set,
        )?;
        for (flag, config, value) in &self.flags {
            settings.lay([(*config, value.as_str())], &Source::Flag(flag))?;
        }
        Ok(settings)
    }

    /// The effective config.
    ///
    /// # Errors
    /// [`ConfigError::Start`], one sentence.
    pub fn config(&self) -> Result<Config, ConfigError> {
        Config::new(self.settings()?)
    }
}
