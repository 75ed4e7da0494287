//! The layers of a start: profile, file, environment, `--set`, flags.

use std::collections::BTreeMap;
use std::path::Path;

use super::broker_config::{Config, Flush};
use super::checks::why_not_cordoned;
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

    /// Listens on these addresses only, `HOST:PORT` each (`--listen`).
    ///
    /// # Errors
    /// [`ConfigError::Start`] for an address that is none.
    pub fn listen(&mut self, addresses: &[String]) -> Result<(), ConfigError> {
        let mut listeners = Vec::new();
        // Listener names must differ; the first keeps the name that clients' configs expect.
        let mut map = vec!["PLAINTEXT:PLAINTEXT".to_owned()];
        for (index, address) in addresses.iter().enumerate() {
            let is_address = address
                .rsplit_once(':')
                .is_some_and(|(_, port)| port.parse::<u16>().is_ok());
            if !is_address || address.contains([',', '/']) {
                let sentence = format!(
                    "--listen {address} is not allowed: it must be HOST:PORT with a port up to 65535."
                );
                return Err(ConfigError::Start(sentence));
            }
            let name = if index == 0 {
                "PLAINTEXT".to_owned()
            } else {
                format!("PLAINTEXT_{}", index + 1)
            };
            listeners.push(format!("{name}://{address}"));
            map.push(format!("{name}:PLAINTEXT"));
        }
        if addresses.len() > 1 {
            self.flags
                .push(("--listen", "listener.security.protocol.map", map.join(",")));
        }
        self.flags.push(("--listen", "listeners", listeners.join(",")));
        Ok(())
    }

    /// Keeps data in this folder (`--data`).
    pub fn data(&mut self, folder: &Path) {
        self.flags
            .push(("--data", "log.dirs", folder.display().to_string()));
    }

    /// Keeps nothing on disk (`--memory`), and at most so many bytes of records (`--memory-limit`).
    pub fn memory(&mut self, limit_bytes: Option<i64>) {
        self.flags.push(("--memory", "ottla.memory", "true".to_owned()));
        if let Some(limit) = limit_bytes {
            self.flags
                .push(("--memory-limit", "ottla.memory.limit", limit.to_string()));
        }
    }

    /// Says when a write counts as done (`--flush`).
    pub fn flush(&mut self, flush: Flush) {
        let value = if flush == Flush::Fsync { "fsync" } else { "os" };
        self.flags.push(("--flush", "ottla.flush", value.to_owned()));
    }

    /// Serves metrics there, `HOST:PORT` (`--metrics`).
    pub fn metrics(&mut self, address: &str) {
        self.flags
            .push(("--metrics", "ottla.metrics", address.to_owned()));
    }

    /// The effective config.
    ///
    /// # Errors
    /// [`ConfigError::Start`], one sentence.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let settings = self.settings()?;
        match why_not_cordoned(&settings) {
            Some(sentence) => Err(ConfigError::Start(sentence)),
            None => Config::new(settings),
        }
    }
}
