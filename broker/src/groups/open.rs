//! Groups over the broker's own topics.

use std::sync::Arc;

use super::config::GroupsConfig;
use super::handle::Groups;
use super::topics_view::LiveTopics;
use super::types::DeletedTopic;
use crate::config::Config;
use crate::coordinator::TopicLog;
use crate::env::Env;
use crate::topics::{CONSUMER_OFFSETS, Topics, TopicsChanged};

impl Groups {
    /// Groups whose log is `__consumer_offsets`, with their timer task. Nothing is read yet: see [`Groups::loading`].
    pub fn open(env: Env, config: &Config, topics: &Topics) -> Groups {
        let offsets_topic = topics
            .image()
            .topic(CONSUMER_OFFSETS)
            .map(|topic| topic.partitions.len());
        let partitions = offsets_topic.and_then(|count| i32::try_from(count).ok());
        let log = Arc::new(TopicLog::new(
            topics.clone(),
            CONSUMER_OFFSETS,
            config.offsets_topic.compression,
        ));
        let live = Arc::new(LiveTopics::new(topics));
        let groups = Groups::new(GroupsConfig::of(config, partitions), env.clone(), log, live);
        // The topics must not keep the groups, which keep the topics.
        let handle = Arc::downgrade(&groups.0);
        topics.on_change(Box::new(move |changed| {
            if let Some(inner) = handle.upgrade() {
                changed_topics(&Groups(inner), changed);
            }
        }));
        drop(env.spawn(groups.timer_task()));
        groups
    }
}

fn changed_topics(groups: &Groups, changed: &TopicsChanged) {
    if changed
        .deleted
        .iter()
        .any(|topic| &*topic.name == CONSUMER_OFFSETS)
    {
        groups.unload();
    }
    let deleted = changed.deleted.iter().filter(|topic| !topic.internal);
    let deleted: Vec<_> = deleted
        .map(|topic| DeletedTopic {
            name: topic.name.to_string(),
            id: topic.id,
        })
        .collect();
    if !deleted.is_empty() {
        groups.forget_topics(deleted);
    }
}
