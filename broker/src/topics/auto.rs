//! Topics that nobody asked for in so many words: made because a client named them, or because the broker
//! itself needs them (Kafka: `DefaultAutoTopicCreationManager`).

use super::error::TopicError;
use super::handle::Topics;
use super::name::{CONSUMER_OFFSETS, SHARE_GROUP_STATE, TRANSACTION_STATE};
use super::request::{NewTopic, Terms};
use crate::config::{Config, Settings};

/// What a topic of this name is made with when nobody says more.
///
/// Internal topics take fewer replicas than configured when there are fewer brokers, in every profile.
pub fn auto_topic(config: &Config, name: &str) -> NewTopic {
    let settings = config.settings();
    let plain = NewTopic::with_defaults(name);
    match name {
        CONSUMER_OFFSETS => NewTopic {
            partitions: config.offsets_topic.num_partitions,
            replication_factor: config.offsets_topic.replication_factor,
            configs: config
                .offsets_topic
                .topic_configs()
                .into_iter()
                .map(|(n, v)| (n, Some(v)))
                .collect(),
            cap_replicas: true,
            ..plain
        },
        TRANSACTION_STATE => state_topic(
            settings,
            plain,
            "transaction.state.log.",
            &[
                ("compression.type", "uncompressed"),
                ("unclean.leader.election.enable", "false"),
            ],
        ),
        SHARE_GROUP_STATE => state_topic(
            settings,
            plain,
            "share.coordinator.state.topic.",
            &[("retention.ms", "-1")],
        ),
        _ => plain,
    }
}

/// A compacted or kept log of a coordinator, configured by `<prefix>num.partitions` and so on.
fn state_topic(settings: &Settings, plain: NewTopic, prefix: &str, fixed: &[(&str, &str)]) -> NewTopic {
    let of = |name: &str| settings.text(&format!("{prefix}{name}")).map(str::to_owned);
    let number = |name: &str| settings.int(&format!("{prefix}{name}"));
    // The share coordinator prunes its log by deleting records; the transaction log is compacted.
    let policy = if plain.name == SHARE_GROUP_STATE {
        "delete"
    } else {
        "compact"
    };
    let mut configs = vec![("cleanup.policy".to_owned(), Some(policy.to_owned()))];
    configs.extend(
        fixed
            .iter()
            .map(|(name, value)| ((*name).to_owned(), Some((*value).to_owned()))),
    );
    for (config, name) in [
        ("min.insync.replicas", "min.isr"),
        ("segment.bytes", "segment.bytes"),
    ] {
        configs.extend(of(name).map(|value| (config.to_owned(), Some(value))));
    }
    NewTopic {
        partitions: number("num.partitions"),
        replication_factor: i16::try_from(number("replication.factor")).unwrap_or(i16::MAX),
        configs,
        cap_replicas: true,
        ..plain
    }
}

impl Topics {
    /// Makes topics with what the configuration says about topics made on their own. One that is there already
    /// counts as made. Answers per name, in order, for names that differ.
    pub async fn auto_create(&self, names: &[&str]) -> Vec<(String, Result<(), TopicError>)> {
        self.auto_create_on(names, Terms::OWN).await
    }

    /// The same, on a client's terms.
    pub async fn auto_create_on(
        &self,
        names: &[&str],
        terms: Terms<'_>,
    ) -> Vec<(String, Result<(), TopicError>)> {
        let image = self.image();
        let news: Vec<NewTopic> = names.iter().map(|name| auto_topic(&image.config, name)).collect();
        let made = self.create_topics_on(&news, false, terms).await.into_iter();
        made.map(|(name, result)| match result {
            Err(error) if error.kind == super::TopicErrorKind::AlreadyExists => (name, Ok(())),
            result => (name, result.map(drop)),
        })
        .collect()
    }
}
