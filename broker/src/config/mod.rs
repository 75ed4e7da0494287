//! The one table of configs and what comes from it.

mod alter;
mod broker_config;
mod checks;
mod cleaner_config;
mod config_files;
mod coordinator_checks;
mod coordinator_config;
mod describe;
mod described;
mod dynamic;
mod endpoint;
mod environment;
mod error;
mod layers;
mod listeners;
mod notes;
mod policy;
mod profile;
mod properties;
mod providers;
mod quorum;
mod retired;
mod row;
mod rows;
mod settings;
mod start;
mod strays;
mod table;
mod topic_config;
mod value;

#[cfg(test)]
mod alter_tests;
#[cfg(test)]
mod dynamic_tests;
#[cfg(test)]
mod listener_tests;
#[cfg(test)]
mod start_tests;
#[cfg(test)]
mod topic_config_tests;

pub use alter::{AlterOp, AlterTarget, Alteration, Current, alter};
pub use broker_config::{Config, Flush, Store};
pub use cleaner_config::CleanerConfig;
pub use config_files::read_properties_file;
pub use coordinator_config::{ConsumerGroupTimes, GroupsConfig, OffsetsTopicConfig, TransactionsConfig};
pub use describe::{
    describe_broker, describe_client_metrics, describe_cluster, describe_group, describe_topic,
};
pub use described::{Described, Origin, Synonym};
pub use dynamic::LeftOut;
pub use environment::{config_of, variable_of};
pub use error::ConfigError;
pub use layers::{Given, Layers};
pub use listeners::{Listener, Protocol, Role};
pub use policy::{Policies, Policy};
pub use profile::Profile;
pub use properties::{Property, parse_properties, properties_text, read_properties};
pub use retired::retired;
pub use row::{Check, Effect, Importance, Kind, Mode, Row, Scope};
pub use settings::{Settings, Source};
pub use start::StartOptions;
pub use strays::{acts_on_listener, base_row};
pub use table::{broker_synonyms, row, rows, topic_synonym};
pub use topic_config::TopicConfig;
pub use value::{Value, allowed, parse};
