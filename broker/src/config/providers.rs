//! Config providers: `${env:NAME}`, `${file:PATH:KEY}` and `${dir:PATH:KEY}` in values, where `config.providers` asks
//! for them, as Kafka's `ConfigTransformer` and its three providers resolve them.
//!
//! What a provider does not have stays as it is written; what it may not be asked is an error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use regex::Regex;

use super::config_files;
use super::error::ConfigError;
use super::properties::read_properties;

/// The prefix of the configs of providers, `config.providers.<name>.class` and `.param.<param>`.
pub(super) const PREFIX: &str = "config.providers.";
const PACKAGE: &str = "org.apache.kafka.common.config.provider.";

/// What `config.providers` names. Empty without it.
#[derive(Clone, Debug, Default)]
pub(super) struct Providers {
    by_name: BTreeMap<String, Provider>,
    environment: BTreeMap<String, String>,
}

#[derive(Clone, Debug)]
enum Provider {
    /// Variables of the environment whose whole name matches.
    Env(Option<Regex>),
    /// Keys of properties files below these folders; everywhere without any.
    File(Vec<PathBuf>),
    /// Files of folders below these folders; everywhere without any.
    Dir(Vec<PathBuf>),
}

impl Providers {
    /// Reads `config.providers` and what belongs to it.
    ///
    /// # Errors
    /// [`ConfigError::Start`] for a class that is none of Kafka's three, and for parameters that are not allowed.
    pub(super) fn read(
        given: &BTreeMap<&str, &str>,
        environment: &BTreeMap<String, String>,
    ) -> Result<Providers, ConfigError> {
        let mut providers = Providers {
            environment: environment.clone(),
            ..Providers::default()
        };
        let names = given.get("config.providers").copied().unwrap_or_default();
        for name in names.split(',').filter(|name| !name.is_empty()) {
            let key = format!("{PREFIX}{name}.class");
            // Kafka passes over a provider without a class, too.
            if let Some(class) = given.get(key.as_str()) {
                let provider = Provider::read(name, class, given)?;
                providers.by_name.insert(name.to_owned(), provider);
            }
        }
        Ok(providers)
    }

    /// The value with its variables replaced.
    ///
    /// # Errors
    /// Kafka's sentence about a variable that may not be asked for.
    pub(super) fn resolve(&self, value: &str) -> Result<String, String> {
        if self.by_name.is_empty() {
            return Ok(value.to_owned());
        }
        let mut out = String::with_capacity(value.len());
        let mut rest = value;
        while let Some(variable) = Variable::find(rest) {
            out.push_str(rest.get(..variable.begin).unwrap_or_default());
            let written = rest.get(variable.begin..variable.end).unwrap_or_default();
            let found = match self.by_name.get(variable.provider) {
                Some(provider) => self.look_up(provider, &variable)?,
                None => None,
            };
            out.push_str(found.as_deref().unwrap_or(written));
            rest = rest.get(variable.end..).unwrap_or_default();
        }
        out.push_str(rest);
        Ok(out)
    }

    fn look_up(&self, provider: &Provider, variable: &Variable<'_>) -> Result<Option<String>, String> {
        let (path, key) = (variable.path, variable.key);
        match provider {
            Provider::Env(_) if !path.is_empty() => Err(format!(
                "Path is not supported for EnvVarConfigProvider, invalid value '{path}'"
            )),
            Provider::Env(allowed) => {
                let is_allowed = allowed.as_ref().is_none_or(|pattern| pattern.is_match(key));
                Ok(self.environment.get(key).filter(|_| is_allowed).cloned())
            }
            Provider::File(_) | Provider::Dir(_) if path.is_empty() => Ok(None),
            Provider::File(allowed) => match below(allowed, Path::new(path)) {
                Some(path) => from_file(&path, key),
                None => Ok(None),
            },
            Provider::Dir(allowed) => match below(allowed, Path::new(path)) {
                Some(path) => from_folder(&path, key),
                None => Ok(None),
            },
        }
    }
}

impl Provider {
    fn read(name: &str, class: &str, given: &BTreeMap<&str, &str>) -> Result<Provider, ConfigError> {
        let of = |param: &str| {
            let key = format!("{PREFIX}{name}.param.{param}");
            let value = given.get(key.as_str()).copied().filter(|value| !value.is_empty());
            value.map(|value| (key, value))
        };
        match class.strip_prefix(PACKAGE) {
            Some("EnvVarConfigProvider") => match of("allowlist.pattern") {
                None => Ok(Provider::Env(None)),
                Some((key, pattern)) => match Regex::new(&format!(r"\A(?:{pattern})\z")) {
                    Ok(regex) => Ok(Provider::Env(Some(regex))),
                    Err(_) => refuse(format!(
                        "{key}={pattern} is not allowed: it must be a regular expression."
                    )),
                },
            },
            Some("FileConfigProvider") => Ok(Provider::File(allowed_paths(of("allowed.paths"))?)),
            Some("DirectoryConfigProvider") => Ok(Provider::Dir(allowed_paths(of("allowed.paths"))?)),
            _ => refuse(format!(
                "{PREFIX}{name}.class={class} is not supported: it must be EnvVarConfigProvider, FileConfigProvider or \
                 DirectoryConfigProvider of {}, for Java classes cannot be loaded.",
                PACKAGE.trim_end_matches('.')
            )),
        }
    }
}

fn refuse<T>(sentence: String) -> Result<T, ConfigError> {
    Err(ConfigError::Start(sentence))
}

fn allowed_paths(given: Option<(String, &str)>) -> Result<Vec<PathBuf>, ConfigError> {
    let Some((key, text)) = given else {
        return Ok(Vec::new());
    };
    let read = |entry: &str| {
        let path = Path::new(entry);
        if !path.is_absolute() {
            return refuse(format!("{key}={text} is not allowed: {entry:?} is not absolute."));
        }
        if !config_files::exists(path) {
            return refuse(format!("{key}={text} is not allowed: {entry} does not exist."));
        }
        Ok(config_files::normal(path))
    };
    text.split(',').map(read).collect()
}

/// The path to read; `None` when it lies outside of what is allowed.
fn below(allowed: &[PathBuf], path: &Path) -> Option<PathBuf> {
    if allowed.is_empty() {
        return Some(path.to_owned());
    }
    let path = config_files::normal(path);
    allowed
        .iter()
        .any(|folder| path.starts_with(folder))
        .then_some(path)
}

/// Providers' files are UTF-8, unlike the config file itself.
fn from_file(path: &Path, key: &str) -> Result<Option<String>, String> {
    let refused = || format!("Could not read properties from file {}", path.display());
    let bytes = config_files::read(path).map_err(|_| refused())?;
    let text = String::from_utf8_lossy(&bytes);
    let properties = read_properties(&text).map_err(|_| refused())?;
    let found = properties.into_iter().rev().find(|property| property.key == key);
    Ok(found.map(|property| property.value))
}

fn from_folder(folder: &Path, key: &str) -> Result<Option<String>, String> {
    // A key is a file's name; one with a separator in it names no file of the folder.
    let path = folder.join(key);
    if key.contains('/') || [".", "..", ""].contains(&key) || !config_files::is_file(&path) {
        return Ok(None);
    }
    let refused = |_| format!("Could not read file {} for property {key}", path.display());
    let bytes = config_files::read(&path).map_err(refused)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// `${provider:[path:]key}` within a text.
struct Variable<'a> {
    begin: usize,
    end: usize,
    provider: &'a str,
    path: &'a str,
    key: &'a str,
}

impl<'a> Variable<'a> {
    /// The first one.
    fn find(text: &'a str) -> Option<Variable<'a>> {
        let mut from = 0;
        loop {
            let begin = from + text.get(from..)?.find("${")?;
            let inner_begin = begin + 2;
            let inner = text.get(inner_begin..)?;
            let inner = inner.get(..inner.find('}')?)?;
            from = inner_begin;
            let Some((provider, rest)) = inner.split_once(':') else {
                continue;
            };
            let (path, key) = rest.split_once(':').unwrap_or(("", rest));
            let end = inner_begin + inner.len() + 1;
            return Some(Variable {
                begin,
                end,
                provider,
                path,
                key,
            });
        }
    }
}
