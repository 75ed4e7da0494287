//! CreateTopics (key 19).
//!
//! v4 takes -1 for the broker's defaults, v5 answers partitions, replicas and effective configs, v7 the topic id.
//! Topics serve when the reply leaves. Since v6 a used-up quota on changes refuses a topic; before, all are made and
//! the client has to wait. Without any time (`timeout_ms` of 0 or less) nothing is decided. What a topic must be like is
//! said by `ottla.create.topic.policy`, which stands for Kafka's policy classes.

use std::sync::Arc;

use protocol_shim::StrBytes;
use protocol_shim::messages::create_topics_request::CreatableTopic;
use protocol_shim::messages::create_topics_response::{CreatableTopicConfigs, CreatableTopicResult};
use protocol_shim::messages::{CreateTopicsRequest, CreateTopicsResponse};

use crate::config::{Config, Settings, TopicConfig, broker_synonyms, topic_synonym};
use crate::context::{Call, Context};
use crate::error_map;
use crate::topics::{ConfigMap, CreateResult, NewTopic, Terms};

/// Kafka's `ConfigSource` ids.
mod source {
    pub const TOPIC: i8 = 1;
    pub const BROKER: i8 = 2;
    pub const ALL_BROKERS: i8 = 3;
    pub const START: i8 = 4;
    pub const DEFAULT: i8 = 5;
}

/// First version that knows THROTTLING_QUOTA_EXCEEDED.
const STRICT_SINCE: i16 = 6;

/// Answers a CreateTopics request.
pub async fn handle(ctx: &Context, call: &Call, request: CreateTopicsRequest) -> CreateTopicsResponse {
    let topics: Vec<NewTopic> = request.topics.into_iter().map(new_topic).collect();
    let mutations = ctx.mutations(call, STRICT_SINCE);
    let terms = Terms {
        admit: &|partitions| mutations.admit(partitions),
        too_late: request.timeout_ms <= 0,
    };
    let results = ctx
        .topics
        .create_topics_on(&topics, request.validate_only, terms)
        .await;
    let config = Arc::clone(&ctx.topics.image().config);
    CreateTopicsResponse::default().with_topics(
        results
            .into_iter()
            .map(|row| result(row, &config, call.version))
            .collect(),
    )
}

fn new_topic(topic: CreatableTopic) -> NewTopic {
    let ids = |ids: Vec<protocol_shim::messages::BrokerId>| ids.into_iter().map(|id| id.0).collect();
    NewTopic {
        name: topic.name.to_string(),
        partitions: topic.num_partitions,
        replication_factor: topic.replication_factor,
        assignments: topic
            .assignments
            .into_iter()
            .map(|a| (a.partition_index, ids(a.broker_ids)))
            .collect(),
        configs: topic
            .configs
            .into_iter()
            .map(|config| {
                (
                    config.name.to_string(),
                    config.value.map(|value| value.to_string()),
                )
            })
            .collect(),
        cap_replicas: false,
    }
}

fn result((name, result): CreateResult, config: &Config, version: i16) -> CreatableTopicResult {
    let name = StrBytes::from_string(name).into();
    match result {
        Ok(created) => CreatableTopicResult::default()
            .with_name(name)
            .with_topic_id(created.id)
            .with_error_message(None)
            .with_num_partitions(created.partitions)
            .with_replication_factor(created.replication_factor)
            .with_configs(Some(if version >= 5 {
                effective(config, &created.configs)
            } else {
                Vec::new()
            })),
        Err(error) => CreatableTopicResult::default()
            .with_name(name)
            .with_error_code(error_map::topic(&error).code())
            .with_error_message(error.message.map(StrBytes::from_string)),
    }
}

fn effective(config: &Config, own: &ConfigMap) -> Vec<CreatableTopicConfigs> {
    let rows = TopicConfig::effective(config, own);
    rows.map(|(row, value)| {
        CreatableTopicConfigs::default()
            .with_name(StrBytes::from_static_str(row.name))
            .with_value(
                value
                    .filter(|_| !row.is_sensitive())
                    .map(|value| StrBytes::from_string(value.to_text())),
            )
            .with_config_source(match own.contains_key(row.name) {
                true => source::TOPIC,
                false => inherited_from(config.settings(), row.name),
            })
            .with_is_sensitive(row.is_sensitive())
    })
    .collect()
}

/// Where the value of a config that the topic does not set comes from.
fn inherited_from(settings: &Settings, topic_config: &str) -> i8 {
    let names = topic_synonym(topic_config)
        .map(broker_synonyms)
        .unwrap_or_default();
    let any = |given: &dyn Fn(&str) -> bool| names.iter().any(|name| given(name));
    if any(&|name| settings.node_of(name).is_some()) {
        source::BROKER
    } else if any(&|name| settings.cluster_of(name).is_some()) {
        source::ALL_BROKERS
    } else if any(&|name| settings.start_of(name).is_some()) {
        source::START
    } else {
        source::DEFAULT
    }
}
