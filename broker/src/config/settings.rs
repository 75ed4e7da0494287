//! Values by name with the place each came from, before anything is typed.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::error::ConfigError;
use super::profile::Profile;
use super::providers::Providers;
use super::row::{Effect, Row, Scope};
use super::strays::{Strays, acts_on_listener, base_row};
use super::table::row;
use super::value::{Value, allowed, parse};

/// Where a start-up value came from; later ones win.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// A properties file, and the line (from 1) in it.
    File(String, usize),
    /// An environment variable, by its name.
    Environment(String),
    /// `--set KEY=VALUE`.
    Set,
    /// A flag of its own.
    Flag(&'static str),
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Source::File(name, line) => write!(f, "{name}:{line}"),
            Source::Environment(variable) => f.write_str(variable),
            Source::Set => f.write_str("--set"),
            Source::Flag(flag) => f.write_str(flag),
        }
    }
}

/// Values given for broker configs: at start (with their source) and while running (dynamic).
#[derive(Clone, Debug, Default)]
pub struct Settings {
    profile: Profile,
    start: BTreeMap<&'static str, (String, Source)>,
    /// Dynamic defaults of the whole cluster.
    cluster: BTreeMap<&'static str, String>,
    /// Dynamic values of this broker.
    node: BTreeMap<&'static str, String>,
    /// Values of names that no table row has.
    strays: Strays,
    /// What replaces variables in values.
    providers: Arc<Providers>,
}

impl Settings {
    /// Takes config providers for the values that come while running.
    pub(super) fn provide(&mut self, providers: Providers) {
        self.providers = Arc::new(providers);
    }

    /// The value of a dynamic config with its variables replaced.
    ///
    /// # Errors
    /// Kafka's sentence about a variable that may not be asked for.
    pub(super) fn resolve(&self, text: &str) -> Result<String, String> {
        self.providers.resolve(text)
    }

    /// A sentence that begins with a config's name, with the place where the config was given.
    pub(super) fn placed(&self, sentence: &str) -> String {
        let name = sentence.split(['=', ' ']).next().unwrap_or_default();
        match self.start_of(name) {
            Some((_, source @ (Source::File(..) | Source::Environment(_)))) => {
                format!(
                    "{} (in {source}).",
                    sentence.strip_suffix('.').unwrap_or(sentence)
                )
            }
            _ => sentence.to_owned(),
        }
    }

    /// Nothing but the profile's defaults.
    pub fn new(profile: Profile) -> Settings {
        Settings {
            profile,
            ..Settings::default()
        }
    }

    /// The profile whose defaults fill what nobody set.
    pub fn profile(&self) -> Profile {
        self.profile
    }

    /// Lays values of one source on top of what is there. Unknown names are remembered, not refused.
    ///
    /// # Errors
    /// [`ConfigError::Start`] for a value that its row does not allow.
    pub fn lay<'a>(
        &mut self,
        pairs: impl IntoIterator<Item = (&'a str, &'a str)>,
        source: &Source,
    ) -> Result<(), ConfigError> {
        for (name, text) in pairs {
            let Some(row) = row(Scope::Broker, name) else {
                if let Some(row) = base_row(name).filter(|_| acts_on_listener(name)) {
                    readable(row, name, text, source)?;
                }
                self.strays.start.insert(name.to_owned(), text.to_owned());
                continue;
            };
            readable(row, name, text, source)?;
            self.start
                .insert(row.name, (text.trim().to_owned(), source.clone()));
        }
        Ok(())
    }

    /// Why a dynamic value cannot be read: its variables, or what its row allows.
    pub(super) fn why_unreadable(&self, name: &str, text: &str) -> Option<String> {
        let row = row(Scope::Broker, name).or_else(|| base_row(name))?;
        let parsed = self
            .resolve(text)
            .map(|text| parse(row, &text).map_err(|error| error.to_string()));
        parsed.and_then(|parsed| parsed).err()
    }

    /// The same start-up values under other dynamic ones. Values that cannot be read are left out.
    pub(super) fn with_dynamic(
        &self,
        cluster: &BTreeMap<String, String>,
        node: &BTreeMap<String, String>,
    ) -> Settings {
        let known = |pairs: &BTreeMap<String, String>| {
            let rows = pairs
                .iter()
                .filter_map(|(name, text)| Some((row(Scope::Broker, name)?, self.resolve(text).ok()?)));
            rows.filter(|(row, text)| parse(row, text).is_ok())
                .map(|(row, text)| (row.name, text))
                .collect()
        };
        Settings {
            cluster: known(cluster),
            node: known(node),
            strays: self.strays.with_dynamic(cluster, node),
            ..self.clone()
        }
    }

    /// The effective text: dynamic of this broker, dynamic of the cluster, start-up, default.
    pub fn text(&self, name: &str) -> Option<&str> {
        let given = self
            .node
            .get(name)
            .or_else(|| self.cluster.get(name))
            .map(String::as_str);
        given
            .or_else(|| self.start.get(name).map(|(text, _)| text.as_str()))
            .or_else(|| self.default_of(name))
    }

    /// The text given by anyone, without the default.
    pub fn given(&self, name: &str) -> Option<&str> {
        let is_given =
            self.node.contains_key(name) || self.cluster.contains_key(name) || self.start.contains_key(name);
        if is_given { self.text(name) } else { None }
    }

    /// The profile's default.
    pub fn default_of(&self, name: &str) -> Option<&'static str> {
        row(Scope::Broker, name).and_then(|row| self.profile.default_of(row))
    }

    /// The start-up text and where it came from.
    pub fn start_of(&self, name: &str) -> Option<(&str, &Source)> {
        self.start.get(name).map(|(text, source)| (text.as_str(), source))
    }

    /// The dynamic text of this broker.
    pub fn node_of(&self, name: &str) -> Option<&str> {
        self.node.get(name).map(String::as_str)
    }

    /// The dynamic default of the cluster.
    pub fn cluster_of(&self, name: &str) -> Option<&str> {
        self.cluster.get(name).map(String::as_str)
    }

    /// Names of all dynamic defaults of the cluster.
    pub fn cluster_names(&self) -> impl Iterator<Item = &'static str> {
        self.cluster.keys().copied()
    }

    /// The effective value, typed; `None` for null and for unknown names.
    pub fn value(&self, name: &str) -> Option<Value> {
        let row = row(Scope::Broker, name)?;
        // Everything laid was parsed; defaults are parsed by a test.
        self.text(name).and_then(|text| parse(row, text).ok())
    }

    /// A whole number; 0 for a config that is null.
    pub fn number(&self, name: &str) -> i64 {
        self.optional_number(name).unwrap_or_default()
    }

    /// A whole number of 32 bits; 0 for a config that is null.
    pub fn int(&self, name: &str) -> i32 {
        i32::try_from(self.number(name)).unwrap_or(i32::MAX)
    }

    /// A whole number that counts things or bytes; negative counts as 0.
    pub fn count(&self, name: &str) -> usize {
        usize::try_from(self.number(name)).unwrap_or_default()
    }

    /// A whole number, if it is set or has a default.
    pub fn optional_number(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::Number(n) => Some(n),
            _ => None,
        }
    }

    /// A truth value; false for a config that is null.
    pub fn flag(&self, name: &str) -> bool {
        self.value(name) == Some(Value::Bool(true))
    }

    /// A list; empty for a config that is null.
    pub fn list(&self, name: &str) -> Vec<String> {
        match self.value(name) {
            Some(Value::List(list)) => list,
            _ => Vec::new(),
        }
    }

    /// Values of names that have no row.
    pub fn strays(&self) -> &Strays {
        &self.strays
    }

    /// Names given at start that nobody knows, in order.
    pub fn unknown(&self) -> impl Iterator<Item = &str> {
        self.strays.start_names().filter(|name| base_row(name).is_none())
    }

    /// Names given at start that are configs of one listener, in order.
    pub fn per_listener(&self) -> impl Iterator<Item = &str> {
        self.strays.start_names().filter(|name| base_row(name).is_some())
    }

    /// The number that a config has on one listener: what is given for that listener anywhere, else what holds for all.
    pub fn number_on(&self, listener: &str, name: &str) -> i64 {
        let own = format!("listener.name.{}.{name}", listener.to_ascii_lowercase());
        let text = self
            .strays
            .strongest(&own)
            .and_then(|text| self.resolve(text).ok());
        let parsed = row(Scope::Broker, name)
            .zip(text)
            .map(|(row, text)| parse(row, &text));
        match parsed {
            Some(Ok(Value::Number(own))) => own,
            _ => self.number(name),
        }
    }

    /// Rows with this effect that were given at start with a value other than the default.
    pub fn set_with(&self, effect: Effect) -> Vec<&'static Row> {
        let rows = self
            .start
            .iter()
            .filter_map(|(name, (text, _))| Some((row(Scope::Broker, name)?, text)));
        rows.filter(|(row, text)| row.effect == effect && row.default != Some(text.as_str()))
            .map(|(row, _)| row)
            .collect()
    }
}

/// Refuses a value at start that its row does not allow.
fn readable(row: &Row, name: &str, text: &str, source: &Source) -> Result<(), ConfigError> {
    if parse(row, text).is_ok() {
        return Ok(());
    }
    let shown = if row.is_sensitive() {
        "[hidden]"
    } else {
        text.trim()
    };
    Err(ConfigError::Start(format!(
        "{name}={shown} in {source} is not allowed: it must be {}.",
        allowed(row)
    )))
}
