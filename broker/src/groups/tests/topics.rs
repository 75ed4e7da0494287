//! Topics as a test says they are.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use crate::groups::topics_view::{TopicInfo, TopicsSource, TopicsView};

/// The id of the topic `name`; a topic made anew has a higher version.
pub fn topic_id(name: &str, version: u8) -> Uuid {
    let mut bytes = [version; 16];
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

/// What [`topic_id`] was made from.
pub fn topic_name(id: Uuid) -> String {
    let bytes = id.into_bytes();
    let name = bytes.iter().take_while(|b| **b > 32).map(|b| char::from(*b));
    let version = bytes[15];
    let mark = if version == 0 {
        String::new()
    } else {
        format!("'{version}")
    };
    format!("{}{mark}", name.collect::<String>())
}

#[derive(Clone, Debug, Default)]
pub struct TestTopics {
    topics: BTreeMap<String, TopicInfo>,
    made: BTreeMap<String, u8>,
    pub configs: BTreeMap<(String, String), String>,
    version: i64,
    newest: i64,
}

impl TestTopics {
    pub fn put(&mut self, name: &str, partitions: i32) {
        self.version += 1;
        if let Some(topic) = self.topics.get_mut(name) {
            topic.partitions = partitions;
            return;
        }
        let made = self.made.entry(name.to_owned()).or_default();
        let id = topic_id(name, *made);
        *made += 1;
        self.newest = self.version;
        let topic = TopicInfo {
            name: name.into(),
            id,
            partitions,
            racks: Vec::new(),
        };
        self.topics.insert(name.to_owned(), topic);
    }

    pub fn remove(&mut self, name: &str) {
        self.version += 1;
        self.topics.remove(name);
    }
}

impl TopicsView for TestTopics {
    fn by_name(&self, name: &str) -> Option<TopicInfo> {
        self.topics.get(name).cloned()
    }
    fn by_id(&self, id: Uuid) -> Option<TopicInfo> {
        self.topics.values().find(|topic| topic.id == id).cloned()
    }
    fn names(&self) -> Vec<Arc<str>> {
        self.topics.values().map(|topic| topic.name.clone()).collect()
    }
    fn version(&self) -> i64 {
        self.version
    }
    fn version_of_newest_topic(&self) -> i64 {
        self.newest
    }
    fn group_config(&self, group: &str, name: &str) -> Option<String> {
        self.configs.get(&(group.to_owned(), name.to_owned())).cloned()
    }
    fn assignment_interval_ms(&self) -> Option<i32> {
        None
    }
}

impl TopicsSource for TestTopics {
    fn view(&self) -> Arc<dyn TopicsView> {
        Arc::new(self.clone())
    }
}
