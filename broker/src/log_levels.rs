//! The levels of the running log, as Kafka's BROKER_LOGGER configs show and change them.
//!
//! A logger is a module that logs, by the name that `--log` takes, or `root`. Levels live as long as the process. Whoever
//! made the log hands in how to change its filter; a broker embedded in another program has a log that is not its own.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::level_filters::LevelFilter;

/// The logger that all others take their level from.
pub const ROOT: &str = "root";

/// Modules that log, by name; each covers what lies in it.
pub const MODULES: &[&str] = &[
    "ottla",
    "ottla::api",
    "ottla::connection",
    "ottla::coordinator",
    "ottla::groups",
    "ottla::metrics",
    "ottla::partition",
    "ottla::quotas",
    "ottla::server",
    "ottla::topics",
    "ottla::transactions",
    "storage",
    "storage::folder",
    "storage::log",
];

/// A word of a filter that is neither a level nor a module that logs; on its own it would silence everything.
pub fn unknown_word(filter: &str) -> Option<&str> {
    let is_module = |word: &str| {
        let rests = MODULES.iter().filter_map(|module| word.strip_prefix(module));
        rests
            .into_iter()
            .any(|rest| rest.is_empty() || rest.starts_with("::"))
    };
    let words = filter.split(',').map(str::trim);
    let mut alone = words.filter(|word| !word.is_empty() && !word.contains(['=', '[']));
    alone.find(|word| word.parse::<LevelFilter>().is_err() && !is_module(word))
}

/// How much a logger tells; names are Kafka's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogLevel {
    /// Nothing; only at a start.
    Off,
    /// Nothing either: Ottla logs nothing above an error.
    Fatal,
    /// What failed.
    Error,
    /// And what may become a fault.
    Warn,
    /// And what happens.
    Info,
    /// And why.
    Debug,
    /// And everything else.
    Trace,
}

impl LogLevel {
    /// Names that a level can be set to, as Kafka lists them.
    pub const NAMES: &str = "DEBUG, ERROR, FATAL, INFO, TRACE, WARN";

    /// The level of a name that may be set; capitals matter, as in Kafka.
    pub fn of_name(name: &str) -> Option<LogLevel> {
        Some(match name {
            "FATAL" => LogLevel::Fatal,
            "ERROR" => LogLevel::Error,
            "WARN" => LogLevel::Warn,
            "INFO" => LogLevel::Info,
            "DEBUG" => LogLevel::Debug,
            "TRACE" => LogLevel::Trace,
            _ => return None,
        })
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            LogLevel::Off => "OFF",
            LogLevel::Fatal => "FATAL",
            LogLevel::Error => "ERROR",
            LogLevel::Warn => "WARN",
            LogLevel::Info => "INFO",
            LogLevel::Debug => "DEBUG",
            LogLevel::Trace => "TRACE",
        }
    }

    fn of_filter(text: &str) -> Option<LogLevel> {
        Some(LogLevel::of(text.trim().parse().ok()?))
    }

    fn of(filter: LevelFilter) -> LogLevel {
        match filter.into_level() {
            None => LogLevel::Off,
            Some(tracing::Level::ERROR) => LogLevel::Error,
            Some(tracing::Level::WARN) => LogLevel::Warn,
            Some(tracing::Level::INFO) => LogLevel::Info,
            Some(tracing::Level::DEBUG) => LogLevel::Debug,
            Some(tracing::Level::TRACE) => LogLevel::Trace,
        }
    }

    /// What a filter calls it.
    fn directive(self) -> &'static str {
        match self {
            LogLevel::Off | LogLevel::Fatal => "off",
            LogLevel::Error => "error",
            LogLevel::Warn => "warn",
            LogLevel::Info => "info",
            LogLevel::Debug => "debug",
            LogLevel::Trace => "trace",
        }
    }
}

/// A change of one logger: a level, or `None` to follow the logger above again.
pub type LevelChange = (String, Option<LogLevel>);

/// Puts another filter in force.
type Apply = Box<dyn Fn(&str) -> Result<(), String> + Send + Sync>;

/// Handle to the levels; the default one belongs to a process whose log is not ours.
#[derive(Clone, Debug, Default)]
pub struct LogLevels(Option<Arc<Owned>>);

struct Owned {
    apply: Apply,
    levels: Mutex<Levels>,
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Owned")
            .field("levels", &self.levels)
            .finish_non_exhaustive()
    }
}

impl LogLevels {
    /// The levels of a log that was started with `filter`, which `apply` replaces.
    pub fn new(
        filter: &str,
        apply: impl Fn(&str) -> Result<(), String> + Send + Sync + 'static,
    ) -> LogLevels {
        LogLevels(Some(Arc::new(Owned {
            apply: Box::new(apply),
            levels: Mutex::new(Levels::parse(filter)),
        })))
    }

    /// Whether the levels can be changed.
    pub fn is_owned(&self) -> bool {
        self.0.is_some()
    }

    /// All loggers by name, with the level that applies.
    pub fn all(&self) -> Vec<(String, LogLevel)> {
        let levels = self.levels();
        let mut names: Vec<&str> = MODULES.iter().copied().chain([ROOT]).collect();
        names.extend(levels.own.keys().map(String::as_str));
        names.sort_unstable();
        names.dedup();
        names
            .into_iter()
            .map(|name| (name.to_owned(), levels.level_of(name)))
            .collect()
    }

    /// Whether there is a logger of this name.
    pub fn has(&self, name: &str) -> bool {
        name == ROOT || MODULES.contains(&name) || self.levels().own.contains_key(name)
    }

    /// Changes levels at once, all of them or none.
    ///
    /// # Errors
    /// A sentence, when the log is not ours or its filter cannot be replaced.
    pub fn change(&self, changes: &[LevelChange]) -> Result<(), String> {
        let Some(owned) = self.0.as_deref().filter(|_| !changes.is_empty()) else {
            return match changes {
                [] => Ok(()),
                _ => Err("The log of this process does not belong to the broker.".to_owned()),
            };
        };
        let mut levels = owned.levels.lock().unwrap_or_else(PoisonError::into_inner);
        let mut next = levels.clone();
        for (name, level) in changes {
            match (name.as_str(), level) {
                (ROOT, Some(level)) => next.root = *level,
                (ROOT, None) => {}
                (name, Some(level)) => drop(next.own.insert(name.to_owned(), *level)),
                (name, None) => drop(next.own.remove(name)),
            }
        }
        (owned.apply)(&next.filter())?;
        *levels = next;
        Ok(())
    }

    fn levels(&self) -> Levels {
        match &self.0 {
            Some(owned) => owned
                .levels
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .clone(),
            None => Levels::foreign(),
        }
    }
}

/// The filter in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Levels {
    root: LogLevel,
    /// Modules with a level of their own.
    own: BTreeMap<String, LogLevel>,
    /// Directives that name more than a module and a level: kept as they are.
    others: Vec<String>,
}

impl Levels {
    /// Those of a log that is not ours: the loudest that it takes.
    fn foreign() -> Levels {
        Levels {
            root: LogLevel::of(LevelFilter::current()),
            own: BTreeMap::new(),
            others: Vec::new(),
        }
    }

    fn parse(filter: &str) -> Levels {
        let mut levels = Levels {
            root: LogLevel::Error,
            own: BTreeMap::new(),
            others: Vec::new(),
        };
        // Fields in brackets may hold commas: such a filter is left whole.
        if filter.contains('[') {
            levels.others.push(filter.to_owned());
            return levels;
        }
        for directive in filter.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let (name, level) = match directive.split_once('=') {
                None => (directive, LogLevel::of_filter(directive)),
                Some((name, level)) => (name.trim(), LogLevel::of_filter(level)),
            };
            match (directive.contains('='), level) {
                (false, Some(level)) => levels.root = level,
                (false, None) => drop(levels.own.insert(name.to_owned(), LogLevel::Trace)),
                (true, Some(level)) => drop(levels.own.insert(name.to_owned(), level)),
                (true, None) => levels.others.push(directive.to_owned()),
            }
        }
        levels
    }

    fn filter(&self) -> String {
        let own = self.own.iter();
        let own = own.map(|(name, level)| format!("{name}={}", level.directive()));
        let root = self.root.directive().to_owned();
        let all: Vec<String> = self.others.iter().cloned().chain([root]).chain(own).collect();
        all.join(",")
    }

    /// The level of a logger: its own, or that of the nearest module around it.
    fn level_of(&self, name: &str) -> LogLevel {
        let around = self.own.iter().filter(|(module, _)| {
            name.strip_prefix(module.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        });
        around
            .max_by_key(|(module, _)| module.len())
            .map_or(self.root, |(_, level)| *level)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels of a log whose filters are kept for looking at.
    fn watched(filter: &str) -> (LogLevels, Arc<Mutex<Vec<String>>>) {
        let seen: Arc<Mutex<Vec<String>>> = Arc::default();
        let kept = Arc::clone(&seen);
        let levels = LogLevels::new(filter, move |filter| {
            kept.lock().unwrap().push(filter.to_owned());
            Ok(())
        });
        (levels, seen)
    }

    fn level(levels: &LogLevels, name: &str) -> Option<&'static str> {
        let all = levels.all();
        let found = all.into_iter().find(|(own, _)| own == name);
        found.map(|(_, level)| level.name())
    }

    #[test]
    fn a_word_alone_is_a_level_or_a_module() {
        for filter in [
            "debug",
            "OFF",
            "3",
            "info,ottla::groups=trace",
            "warn,storage",
            "tokio=info",
            "ottla::x",
        ] {
            assert_eq!(unknown_word(filter), None, "{filter}");
        }
        assert_eq!(unknown_word("verbose"), Some("verbose"));
        assert_eq!(unknown_word("info, ottlax"), Some("ottlax"));
        assert_eq!(unknown_word("bogus=,x"), Some("x"));
    }

    #[test]
    fn a_level_covers_what_lies_below_until_it_is_taken_back() {
        let (levels, seen) = watched("warn");
        let set = |name: &str, level| levels.change(&[(name.to_owned(), level)]).unwrap();
        set("ottla", Some(LogLevel::Debug));
        set("ottla::groups", Some(LogLevel::Fatal));
        assert_eq!(level(&levels, "ottla::topics"), Some("DEBUG"));
        assert_eq!(level(&levels, "ottla::groups"), Some("FATAL"));
        assert_eq!(level(&levels, "storage"), Some("WARN"));
        set("ottla", None);
        assert_eq!(level(&levels, "ottla::topics"), Some("WARN"));
        set(ROOT, Some(LogLevel::Trace));
        assert_eq!(level(&levels, "storage"), Some("TRACE"));
        let seen = seen.lock().unwrap();
        assert_eq!(seen.last().unwrap(), "trace,ottla::groups=off");
    }

    #[test]
    fn what_the_start_asked_for_is_kept() {
        let (levels, seen) = watched("info, ottla::groups::shard=trace,hyper");
        assert_eq!(level(&levels, "ottla::groups::shard"), Some("TRACE"));
        assert!(levels.has("hyper") && !levels.has("tokio"));
        levels
            .change(&[("storage".into(), Some(LogLevel::Error))])
            .unwrap();
        let wanted = "info,hyper=trace,ottla::groups::shard=trace,storage=error";
        assert_eq!(seen.lock().unwrap().last().unwrap(), wanted);
        let (levels, seen) = watched("[span{a=1,b=2}]=debug");
        levels.change(&[(ROOT.into(), Some(LogLevel::Info))]).unwrap();
        assert_eq!(*seen.lock().unwrap(), ["[span{a=1,b=2}]=debug,info"]);
    }

    #[test]
    fn a_log_that_is_not_ours_stays_as_it_is() {
        let levels = LogLevels::default();
        assert!(levels.has(ROOT) && level(&levels, "storage").is_some());
        assert!(levels.change(&[(ROOT.into(), Some(LogLevel::Info))]).is_err());
        assert_eq!(levels.change(&[]), Ok(()));
    }

    #[test]
    fn what_refuses_a_filter_changes_nothing() {
        let levels = LogLevels::new("warn", |_| Err("no".to_owned()));
        assert!(levels.change(&[(ROOT.into(), Some(LogLevel::Info))]).is_err());
        assert_eq!(level(&levels, ROOT), Some("WARN"));
    }
}
