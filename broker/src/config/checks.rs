//! What several broker configs say together, and values that are more than a number or a word.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::broker_config::{Config, Store};
use super::coordinator_checks::check_coordinators;
use super::error::ConfigError;
use super::listeners::{Listener, Listeners};
use super::policy::Policies;
use super::quorum::check_quorum;
use super::settings::Settings;

impl Config {
    /// Everything that several configs say together and that a start refuses, not only the first: one sentence each.
    pub fn faults(settings: &Settings) -> Vec<String> {
        let node = node_id(settings);
        let quorum = node.as_ref().map_or(Ok(()), |id| check_quorum(settings, *id));
        let all = [
            node.err(),
            quorum.err(),
            check_authorizer(settings).err(),
            check_ranges(settings).err(),
            check_log(settings).err(),
            check_coordinators(settings).err(),
            Listeners::read(settings).err(),
            data_dirs(settings).err(),
            overrides_per_ip(settings).err(),
            features(settings).err(),
            Policies::read(settings).err(),
            why_not_cordoned(settings).map(ConfigError::Start),
        ];
        let sentences = all.iter().flatten().map(ToString::to_string);
        sentences.map(|sentence| settings.placed(&sentence)).collect()
    }
}

pub(super) fn refuse<T>(sentence: String) -> Result<T, ConfigError> {
    Err(ConfigError::Start(sentence))
}

/// A rule about who may do what that nobody would keep.
pub(super) fn check_authorizer(s: &Settings) -> Result<(), ConfigError> {
    match s.text("authorizer.class.name").filter(|class| !class.is_empty()) {
        Some(class) => refuse(format!(
            "authorizer.class.name={class} is not supported yet: Ottla allows everything to everyone, so it does not \
             start where rules are wanted; leave it empty."
        )),
        None => Ok(()),
    }
}

/// Every thread of the cleaner has to have more room than that for keys, in bytes.
const KEY_MAP_BYTES: i64 = 1 << 20;

/// Pools of threads that Kafka resizes while it runs.
const POOLS: [&str; 6] = [
    "background.threads",
    "log.cleaner.threads",
    "num.io.threads",
    "num.network.threads",
    "num.recovery.threads.per.data.dir",
    "num.replica.fetchers",
];

/// What Kafka's `DynamicThreadPool` and `LogCleaner` say to a change of their size: at most to double or half at once.
pub(super) fn why_not_resized(now: &Settings, next: &Settings) -> Option<String> {
    let refused = |name: &&str| {
        let (old, new) = (now.number(name), next.number(name));
        let is_cleaner = *name == "log.cleaner.threads";
        let wrong = if new == old {
            return None;
        } else if new < 1 && is_cleaner {
            "should be at least 1".to_owned()
        } else if new < 1 {
            "value should be at least 1".to_owned()
        } else if new < old / 2 && is_cleaner {
            format!("cannot be reduced to less than half the current value {old}")
        } else if new < old / 2 {
            format!("value should be at least half the current value {old}")
        } else if new > old * 2 && is_cleaner {
            format!("cannot be increased to more than double the current value {old}")
        } else if new > old * 2 {
            format!("value should not be greater than double the current value {old}")
        } else {
            return None;
        };
        Some(match is_cleaner {
            true => format!("Log cleaner threads {wrong}"),
            false => format!("Dynamic thread count update validation failed for {name}={new}, {wrong}"),
        })
    };
    POOLS.iter().find_map(refused)
}

/// What Kafka's `ConnectionQuotas` says to a change that closes a listener to everybody.
pub(super) fn why_not_limited(now: &Config, next: &Config) -> Option<String> {
    const LIMITS: [&str; 2] = ["max.connections", "max.connection.creation.rate"];
    let refused = |listener: &Listener| {
        let of = |config: &Config| LIMITS.map(|name| config.settings().number_on(&listener.name, name));
        let (old, new) = (of(now), of(next));
        let mut limits = LIMITS.into_iter().zip(new);
        let wrong = limits.find(|(_, limit)| *limit < 1).filter(|_| old != new);
        wrong.map(|(name, limit)| format!("Invalid {name} {limit}"))
    };
    next.listeners().iter().find_map(refused)
}

fn why_nobody_connects(s: &Settings) -> Option<&'static str> {
    let has_overrides = || {
        s.text("max.connections.per.ip.overrides")
            .is_some_and(|text| !text.is_empty())
    };
    (s.number("max.connections.per.ip") == 0 && !has_overrides()).then_some(
        "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.",
    )
}

/// Whether each thread of the cleaner has too little room for keys. No thread needs none.
pub(super) fn has_small_key_map(s: &Settings) -> bool {
    let threads = s.number("log.cleaner.threads");
    threads > 0 && s.number("log.cleaner.dedupe.buffer.size") / threads <= KEY_MAP_BYTES
}

/// What Kafka's `KafkaConfig.validateValues` requires of configs that change while it runs.
pub(super) fn why_not_together(next: &Settings) -> Option<String> {
    let is_below = |name: &str, least: i64| matches!(next.optional_number(name), Some(n) if n < least);
    let text = if is_below("log.roll.ms", 1) {
        "log.roll.ms must be greater than or equal to 1"
    } else if is_below("log.roll.jitter.ms", 0) {
        "log.roll.jitter.ms must be greater than or equal to 0"
    } else if is_below("log.retention.ms", 1) && next.number("log.retention.ms") != -1 {
        "log.retention.ms must be unlimited (-1) or, greater than or equal to 1"
    } else if has_small_key_map(next) {
        "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread."
    } else if let Some(text) = why_nobody_connects(next) {
        text
    } else {
        return why_not_cordoned(next);
    };
    Some(text.to_owned())
}

/// What Kafka's `KafkaConfig.validateValues` checks beyond single values, as far as Ottla acts upon it.
pub(super) fn check_ranges(s: &Settings) -> Result<(), ConfigError> {
    let (min, max) = (
        s.number("group.min.session.timeout.ms"),
        s.number("group.max.session.timeout.ms"),
    );
    if min > max {
        return refuse(format!(
            "group.min.session.timeout.ms={min} is not allowed: it must be at most group.max.session.timeout.ms={max}."
        ));
    }
    for name in [
        "log.roll.ms",
        "log.retention.ms",
        "log.retention.minutes",
        "log.retention.hours",
    ] {
        let least_is_unlimited = name != "log.roll.ms";
        match s.optional_number(name) {
            Some(n) if n >= 1 || (n == -1 && least_is_unlimited) => {}
            None => {}
            Some(n) => {
                let or = if least_is_unlimited {
                    ", or -1 for no limit"
                } else {
                    ""
                };
                return refuse(format!("{name}={n} is not allowed: it must be at least 1{or}."));
            }
        }
    }
    match why_nobody_connects(s) {
        Some(text) => refuse(format!("max.connections.per.ip=0 is not allowed: {text}")),
        None => Ok(()),
    }
}

/// What Kafka checks of compaction, and of the rolling of segments, when it starts; of lags not when they change.
pub(super) fn check_log(s: &Settings) -> Result<(), ConfigError> {
    if has_small_key_map(s) {
        return refuse(format!(
            "log.cleaner.dedupe.buffer.size={} is not allowed: it must be more than {KEY_MAP_BYTES} for each of \
             log.cleaner.threads={}.",
            s.number("log.cleaner.dedupe.buffer.size"),
            s.number("log.cleaner.threads"),
        ));
    }
    if let Some(jitter) = s.optional_number("log.roll.jitter.ms").filter(|ms| *ms < 0) {
        return refuse(format!(
            "log.roll.jitter.ms={jitter} is not allowed: it must be at least 0."
        ));
    }
    let (min, max) = (
        s.number("log.cleaner.min.compaction.lag.ms"),
        s.number("log.cleaner.max.compaction.lag.ms"),
    );
    if min > max {
        return refuse(format!(
            "log.cleaner.min.compaction.lag.ms={min} is not allowed: it must be at most \
             log.cleaner.max.compaction.lag.ms={max}."
        ));
    }
    Ok(())
}

/// `node.id`, or `broker.id` where only that is given; both must agree.
pub(super) fn node_id(s: &Settings) -> Result<i32, ConfigError> {
    let of = |name: &str| s.given(name).map(|_| s.int(name));
    if let Some(id) = of("broker.id").filter(|id| *id < -1) {
        return refuse(format!(
            "broker.id={id} is not allowed: it must be at least 0, or -1 for what node.id says."
        ));
    }
    match (of("node.id"), of("broker.id").filter(|id| *id >= 0)) {
        (Some(node), Some(broker)) if node != broker => refuse(format!(
            "broker.id={broker} is not allowed beside node.id={node}: leave broker.id out, or give it the same value."
        )),
        (Some(id), _) | (None, Some(id)) => Ok(id),
        (None, None) => Ok(s.int("node.id")),
    }
}

fn log_dirs(s: &Settings) -> Vec<String> {
    match s.list("log.dirs") {
        dirs if dirs.is_empty() => s.list("log.dir"),
        dirs => dirs,
    }
}

pub(super) fn data_dirs(s: &Settings) -> Result<Vec<PathBuf>, ConfigError> {
    let dirs = log_dirs(s);
    if dirs.iter().any(String::is_empty) {
        return refuse(format!(
            "log.dirs={} is not allowed: an entry is empty.",
            dirs.join(",")
        ));
    }
    Ok(dirs.into_iter().map(PathBuf::from).collect())
}

/// What Kafka says of a `cordoned.log.dirs` that does not fit `log.dirs`; names are compared as they are written.
pub(super) fn why_not_cordoned(s: &Settings) -> Option<String> {
    let (cordoned, dirs) = (s.list("cordoned.log.dirs"), log_dirs(s));
    if cordoned.iter().any(|dir| dir == "*") {
        let text = "When cordoned.log.dirs is set to *, it must not contain other values";
        return (cordoned.len() > 1).then(|| text.to_owned());
    }
    let missing: Vec<&str> = (cordoned.iter().filter(|dir| !dirs.contains(dir)))
        .map(String::as_str)
        .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : {}",
            missing.join(", ")
        )
    })
}

pub(super) fn store(s: &Settings) -> Store {
    match s.flag("ottla.memory") {
        true => Store::Memory {
            limit_bytes: u64::try_from(s.number("ottla.memory.limit")).unwrap_or(0),
        },
        false => Store::Disk,
    }
}

/// `host:count,host:count`, the host perhaps an IPv6 literal.
pub(super) fn overrides_per_ip(s: &Settings) -> Result<BTreeMap<String, usize>, ConfigError> {
    let text = s.text("max.connections.per.ip.overrides").unwrap_or_default();
    let mut out = BTreeMap::new();
    for entry in text.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let pair = entry
            .rsplit_once(':')
            .and_then(|(host, count)| Some((host, count.trim().parse().ok()?)));
        let Some((host, count)) = pair else {
            return refuse(format!(
                "max.connections.per.ip.overrides={text} is not allowed: {entry} must be HOST:COUNT."
            ));
        };
        out.insert(host.trim().to_owned(), count);
    }
    Ok(out)
}

pub(super) fn features(s: &Settings) -> Result<BTreeMap<String, i16>, ConfigError> {
    let text = s.text("ottla.features").unwrap_or_default();
    let mut out = BTreeMap::new();
    for entry in text.split(',').map(str::trim).filter(|e| !e.is_empty()) {
        let pair = entry
            .split_once('=')
            .and_then(|(name, level)| Some((name.trim(), level.trim().parse().ok()?)));
        let Some((name, level)) = pair else {
            return refuse(format!(
                "ottla.features={text} is not allowed: {entry} must be NAME=LEVEL."
            ));
        };
        out.insert(name.to_owned(), level);
    }
    Ok(out)
}
