//! The layers of a start: profile, file, environment, `--set`, flags.

use std::collections::BTreeMap;
use std::path::Path;

use super::broker_config::{Config, Flush};
use super::checks::{check_log, why_not_cordoned};
use super::coordinator_checks::check_coordinators;
use super::environment::from_environment;
use super::error::ConfigError;
use super::profile::Profile;
use super::properties::read_properties;
use super::providers::Providers;
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
    /// Variables of the environment only replace what config providers ask for; they set nothing.
    pub only_file: bool,
    /// `--set KEY=VALUE`, in order.
    pub set: Vec<(String, String)>,
    /// What other flags stand for: flag, config, value.
    pub flags: Vec<(&'static str, &'static str, String)>,
}

/// One config as it was given.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Given {
    /// Where.
    pub source: Source,
    /// Its name.
    pub name: String,
    /// Its value, as it was written.
    pub value: String,
}

impl Layers {
    /// Everything that was given, weaker before stronger: file, environment, `--set`, flags.
    ///
    /// # Errors
    /// [`ConfigError::Start`] for a file that cannot be read.
    pub fn given(&self) -> Result<Vec<Given>, ConfigError> {
        let mut out = Vec::new();
        if let Some((file, text)) = &self.file {
            let properties = read_properties(text).map_err(|line| {
                ConfigError::Start(format!(
                    "{file}:{line} has a malformed \\u escape: four hex digits must follow it."
                ))
            })?;
            out.extend(properties.into_iter().map(|property| Given {
                source: Source::File(file.clone(), property.line),
                name: property.key,
                value: property.value,
            }));
        }
        if !self.only_file {
            out.extend(from_environment(&self.environment));
        }
        let set = self.set.iter().cloned().map(|(name, value)| Given {
            source: Source::Set,
            name,
            value,
        });
        let flags = self.flags.iter().map(|(flag, name, value)| Given {
            source: Source::Flag(flag),
            name: (*name).to_owned(),
            value: value.clone(),
        });
        out.extend(set.chain(flags));
        Ok(out)
    }

    /// Lays all layers over the profile, variables replaced; of a config given twice the stronger counts. What is not
    /// allowed is left out and told, in the order of the file.
    ///
    /// # Errors
    /// [`ConfigError::Start`] for a file that cannot be read and for config providers that cannot be.
    pub fn read(&self) -> Result<(Settings, Vec<ConfigError>), ConfigError> {
        let from_file = match self.file {
            Some(_) => Profile::Kafka,
            None => Profile::Dev,
        };
        let mut settings = Settings::new(self.profile.unwrap_or(from_file));
        let given = self.given()?;
        let strongest: BTreeMap<&str, &Given> = given.iter().map(|g| (g.name.as_str(), g)).collect();
        let values = strongest
            .iter()
            .map(|(name, g)| (*name, g.value.as_str()))
            .collect();
        let providers = Providers::read(&values, &self.environment)
            .map_err(|error| place_of_provider(error, &strongest))?;
        let mut in_order: Vec<&&Given> = strongest.values().collect();
        in_order.sort();
        let mut faults = Vec::new();
        for Given { source, name, value } in in_order {
            let laid = match providers.resolve(value) {
                Ok(text) => settings.lay([(name.as_str(), text.as_str())], source),
                Err(why) => Err(ConfigError::Start(format!(
                    "{name}={value} in {source} is not allowed: {why}."
                ))),
            };
            faults.extend(laid.err());
        }
        settings.provide(providers);
        Ok((settings, faults))
    }

    /// Lays all layers over the profile.
    ///
    /// # Errors
    /// [`ConfigError::Start`], one sentence: the first that is wrong.
    pub fn settings(&self) -> Result<Settings, ConfigError> {
        let (settings, faults) = self.read()?;
        match faults.into_iter().next() {
            Some(fault) => Err(fault),
            None => Ok(settings),
        }
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
        let placed = |sentence: &str| ConfigError::Start(settings.placed(sentence));
        if let Some(sentence) = why_not_cordoned(&settings) {
            return Err(ConfigError::Start(sentence));
        }
        check_log(&settings)
            .and_then(|()| check_coordinators(&settings))
            .map_err(|error| placed(&error.to_string()))?;
        Config::new(settings.clone()).map_err(|error| placed(&error.to_string()))
    }
}

/// The sentence about a config provider, with the place where the config was given.
fn place_of_provider(error: ConfigError, strongest: &BTreeMap<&str, &Given>) -> ConfigError {
    let sentence = error.to_string();
    let named = sentence.split_once('=').and_then(|(name, _)| strongest.get(name));
    match named {
        Some(given) => ConfigError::Start(format!(
            "{} (in {}).",
            sentence.trim_end_matches('.'),
            given.source
        )),
        None => error,
    }
}
