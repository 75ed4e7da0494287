//! The broker's effective config: typed once, at start and at every dynamic change.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::checks::{check_authorizer, check_ranges, data_dirs, features, node_id, overrides_per_ip, store};
use super::cleaner_config::CleanerConfig;
use super::coordinator_config::{GroupsConfig, OffsetsTopicConfig, TransactionsConfig};
use super::error::ConfigError;
use super::listeners::{Listener, Listeners};
use super::policy::Policies;
use super::profile::Profile;
use super::quorum::check_quorum;
use super::settings::Settings;

/// When a write counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// Handed to the operating system.
    Os,
    /// Synced to the disk.
    Fsync,
}

/// Where records live.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Store {
    /// In data folders.
    Disk,
    /// In memory only, up to so many bytes of records.
    Memory {
        /// Bytes of records.
        limit_bytes: u64,
    },
}

/// The effective broker config. Immutable; a dynamic change makes a new one ([`Config::layered`]).
#[derive(Clone, Debug)]
pub struct Config {
    settings: Settings,
    listeners: Listeners,
    /// `node.id` (or the older `broker.id`).
    pub node_id: i32,
    /// Cluster id to make or to insist on (`ottla.cluster.id`).
    pub cluster_id: Option<String>,
    /// `log.dirs`, or else `log.dir`; at least one.
    pub data_dirs: Vec<PathBuf>,
    /// Disk or memory.
    pub store: Store,
    /// When a write counts as done.
    pub flush: Flush,
    /// `ottla.disk.free.min.bytes`; 0 = no floor, -1 = a floor that fits the disk.
    pub disk_free_min_bytes: i64,
    /// `ottla.features`: levels that a new cluster starts with, by name.
    pub new_cluster_features: BTreeMap<String, i16>,
    /// `replica.alter.log.dirs.io.max.bytes.per.second`, of all moves together.
    pub move_bytes_per_second_max: i64,
    /// `num.replica.alter.log.dirs.threads`: moves between data folders at once; `None` = as many as there are folders.
    pub moves_at_once: Option<i64>,
    /// `num.recovery.threads.per.data.dir`: threads per data folder that open logs together and close them.
    pub recovery_threads: usize,
    /// `num.partitions` of a topic created without a count.
    pub num_partitions: i32,
    /// `default.replication.factor` of a topic created without one.
    pub default_replication_factor: i16,
    /// `auto.create.topics.enable`.
    pub auto_create_topics: bool,
    /// `delete.topic.enable`.
    pub delete_topic_enable: bool,
    /// `socket.request.max.bytes`: the longest frame accepted.
    pub socket_request_max_bytes: usize,
    /// `max.connections` of the whole broker.
    pub max_connections: usize,
    /// `max.connections.per.ip`.
    pub max_connections_per_ip: usize,
    /// `max.connections.per.ip.overrides`: host as written → connections.
    pub max_connections_per_ip_overrides: BTreeMap<String, usize>,
    /// `connections.max.idle.ms`; negative = never closed.
    pub connections_max_idle_ms: i64,
    /// `message.max.bytes`: the default of topics' `max.message.bytes`.
    pub message_max_bytes: usize,
    /// `fetch.max.bytes`: the most a fetch reply carries, whatever the client asks.
    pub fetch_max_bytes: usize,
    /// `max.incremental.fetch.session.cache.slots`; 0 = no fetch sessions.
    pub fetch_session_slots: usize,
    /// `producer.id.expiration.ms`: a producer silent for so long is forgotten.
    pub producer_id_expiration_ms: i64,
    /// `producer.id.expiration.check.interval.ms`.
    pub producer_id_expiration_check_interval_ms: i64,
    /// `log.retention.check.interval.ms`.
    pub log_retention_check_interval_ms: i64,
    /// `log.initial.task.delay.ms`: from the start to the first retention pass.
    pub log_initial_task_delay_ms: i64,
    /// What the group coordinator goes by.
    pub groups: GroupsConfig,
    /// Compaction.
    pub cleaner: CleanerConfig,
    /// What new topics and config changes must meet.
    pub policies: Policies,
    /// How `__consumer_offsets` is made.
    pub offsets_topic: OffsetsTopicConfig,
    /// What the transaction coordinator goes by.
    pub transactions: TransactionsConfig,
}

impl Config {
    /// Types the settings and checks what several configs say together.
    ///
    /// # Errors
    /// [`ConfigError::Start`]: one sentence that names key, value and what is allowed.
    pub fn new(settings: Settings) -> Result<Config, ConfigError> {
        let node_id = node_id(&settings)?;
        check_quorum(&settings, node_id)?;
        check_authorizer(&settings)?;
        check_ranges(&settings)?;
        let s = &settings;
        Ok(Config {
            listeners: Listeners::read(s)?,
            node_id,
            cluster_id: s
                .text("ottla.cluster.id")
                .filter(|id| !id.is_empty())
                .map(str::to_owned),
            data_dirs: data_dirs(s)?,
            store: store(s),
            flush: if s.text("ottla.flush") == Some("fsync") {
                Flush::Fsync
            } else {
                Flush::Os
            },
            disk_free_min_bytes: s.number("ottla.disk.free.min.bytes"),
            new_cluster_features: features(s)?,
            moves_at_once: s.optional_number("num.replica.alter.log.dirs.threads"),
            recovery_threads: s.count("num.recovery.threads.per.data.dir"),
            move_bytes_per_second_max: s.number("replica.alter.log.dirs.io.max.bytes.per.second"),
            num_partitions: s.int("num.partitions"),
            default_replication_factor: i16::try_from(s.int("default.replication.factor"))
                .unwrap_or(i16::MAX),
            auto_create_topics: s.flag("auto.create.topics.enable"),
            delete_topic_enable: s.flag("delete.topic.enable"),
            socket_request_max_bytes: s.count("socket.request.max.bytes"),
            max_connections: s.count("max.connections"),
            max_connections_per_ip: s.count("max.connections.per.ip"),
            max_connections_per_ip_overrides: overrides_per_ip(s)?,
            connections_max_idle_ms: s.number("connections.max.idle.ms"),
            message_max_bytes: s.count("message.max.bytes"),
            fetch_max_bytes: s.count("fetch.max.bytes"),
            fetch_session_slots: s.count("max.incremental.fetch.session.cache.slots"),
            producer_id_expiration_ms: s.number("producer.id.expiration.ms"),
            producer_id_expiration_check_interval_ms: s.number("producer.id.expiration.check.interval.ms"),
            log_retention_check_interval_ms: s.number("log.retention.check.interval.ms"),
            log_initial_task_delay_ms: s.number("log.initial.task.delay.ms"),
            groups: GroupsConfig::read(s),
            cleaner: CleanerConfig::read(s),
            policies: Policies::read(s)?,
            offsets_topic: OffsetsTopicConfig::read(s),
            transactions: TransactionsConfig::read(s),
            settings,
        })
    }

    /// A profile with nothing set: what tests start from.
    ///
    /// # Panics
    /// Never: a profile's own defaults are valid (a test checks both).
    pub fn of_profile(profile: Profile) -> Config {
        Config::new(Settings::new(profile)).expect("a profile's defaults are valid")
    }

    /// The same config on one listener: a free port of localhost.
    #[must_use]
    pub fn on_free_port(mut self) -> Config {
        let protocol = super::listeners::Protocol::Plaintext;
        let (name, host) = ("PLAINTEXT".to_owned(), "localhost".to_owned());
        self.listeners.open = vec![Listener {
            name,
            host,
            port: 0,
            protocol,
        }];
        self
    }

    /// The values by name.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The profile whose defaults fill what nobody set.
    pub fn profile(&self) -> Profile {
        self.settings.profile()
    }

    /// Listeners to open; at least one.
    pub fn listeners(&self) -> &[Listener] {
        &self.listeners.open
    }

    /// What to tell clients on a listener; `None` = the address that the client dialled.
    pub fn advertised(&self, listener_name: &str) -> Option<&Listener> {
        self.listeners.advertised.iter().find(|l| l.name == listener_name)
    }

    /// `max.connections` of a listener: its own, else that of the whole broker.
    pub fn max_connections_on(&self, listener: &str) -> usize {
        usize::try_from(self.settings.number_on(listener, "max.connections")).unwrap_or_default()
    }

    /// `max.connection.creation.rate` of a listener: its own, else that of the whole broker.
    pub fn connection_rate_on(&self, listener: &str) -> i64 {
        self.settings.number_on(listener, "max.connection.creation.rate")
    }

    /// Whether limits of the whole broker pass a listener by: the one of brokers among themselves, where there are others.
    pub fn is_protected(&self, listener: &str) -> bool {
        let named = self.settings.text("inter.broker.listener.name");
        let name = named.filter(|name| !name.is_empty()).unwrap_or("PLAINTEXT");
        name.eq_ignore_ascii_case(listener) && self.listeners.open.len() > 1
    }

    /// Where metrics are served (`ottla.metrics`); `None` = nowhere.
    pub fn metrics_listener(&self) -> Option<&Listener> {
        self.listeners.metrics.as_ref()
    }

    /// Listeners of the controller; none without `controller.listener.names`.
    pub fn controller_listeners(&self) -> &[Listener] {
        &self.listeners.controller
    }
}
