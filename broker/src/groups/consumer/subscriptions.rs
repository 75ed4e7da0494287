//! What is counted over the members of a consumer group: who subscribes to what, and with which assignor.

use std::collections::BTreeMap;

use super::member::ConsumerMember;
use crate::coordinator::string_hash;
use crate::groups::assignor::{grown, sort_by_bucket};
use crate::records::consumer_groups::ResolvedRegex;

/// How often a topic is subscribed to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopicCount {
    /// Members that name it.
    pub by_name: usize,
    /// Regular expressions of the group that match it.
    pub by_regex: usize,
}

/// Whether all members subscribe to the same topics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubscriptionKind {
    /// They do.
    Homogeneous,
    /// They do not.
    Heterogeneous,
}

/// Counts over members; a decision clones it to see what a change would make of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subscriptions {
    /// Subscribed topics.
    pub topics: BTreeMap<String, TopicCount>,
    /// Members by regular expression.
    pub regexes: BTreeMap<String, usize>,
    /// Members by the server-side assignor that they ask for.
    pub assignors: BTreeMap<String, usize>,
    /// Members on the classic protocol.
    pub classic_members: usize,
    /// Classic members by protocol name.
    pub classic_protocols: BTreeMap<String, usize>,
}

fn up(counts: &mut BTreeMap<String, usize>, key: &str) {
    *counts.entry(key.to_owned()).or_default() += 1;
}

fn down(counts: &mut BTreeMap<String, usize>, key: &str) {
    if let Some(count) = counts.get_mut(key) {
        *count = count.saturating_sub(1);
        if *count == 0 {
            counts.remove(key);
        }
    }
}

impl Subscriptions {
    /// Counts a member in.
    pub fn add(&mut self, member: &ConsumerMember) {
        for name in &member.subscription.topic_names {
            self.topics.entry(name.clone()).or_default().by_name += 1;
        }
        if let Some(regex) = member.regex() {
            up(&mut self.regexes, regex);
        }
        if let Some(assignor) = &member.subscription.server_assignor {
            up(&mut self.assignors, assignor);
        }
        if let Some(classic) = member.classic() {
            self.classic_members += 1;
            for (name, _) in &classic.protocols {
                up(&mut self.classic_protocols, name);
            }
        }
    }

    /// Counts a member out.
    pub fn remove(&mut self, member: &ConsumerMember) {
        for name in &member.subscription.topic_names {
            self.change_topic(name, |count| count.by_name = count.by_name.saturating_sub(1));
        }
        if let Some(regex) = member.regex() {
            down(&mut self.regexes, regex);
        }
        if let Some(assignor) = &member.subscription.server_assignor {
            down(&mut self.assignors, assignor);
        }
        if let Some(classic) = member.classic() {
            self.classic_members = self.classic_members.saturating_sub(1);
            for (name, _) in &classic.protocols {
                down(&mut self.classic_protocols, name);
            }
        }
    }

    /// Counts the topics of a regular expression: `old` out, `new` in.
    pub fn resolve(&mut self, old: Option<&ResolvedRegex>, new: Option<&ResolvedRegex>) {
        for name in old.into_iter().flat_map(|regex| &regex.topics) {
            self.change_topic(name, |count| count.by_regex = count.by_regex.saturating_sub(1));
        }
        for name in new.into_iter().flat_map(|regex| &regex.topics) {
            self.topics.entry(name.clone()).or_default().by_regex += 1;
        }
    }

    fn change_topic(&mut self, name: &str, change: impl FnOnce(&mut TopicCount)) {
        if let Some(count) = self.topics.get_mut(name) {
            change(count);
            if *count == TopicCount::default() {
                self.topics.remove(name);
            }
        }
    }

    /// Members that subscribe with a regular expression.
    pub fn subscribers(&self, regex: &str) -> usize {
        self.regexes.get(regex).copied().unwrap_or(0)
    }

    /// Whether all of `members` members subscribe to the same (`ConsumerGroup.subscriptionType`).
    pub fn kind(&self, members: usize) -> SubscriptionKind {
        let same = match self.regexes.values().next() {
            None => self.topics.values().all(|count| count.by_name == members),
            // Judged by one of the expressions, as in Kafka: with two of them no count reaches all members.
            Some(count) => {
                *count == members && self.topics.values().all(|c| c.by_regex == 1 && c.by_name == 0)
            }
        };
        if same {
            SubscriptionKind::Homogeneous
        } else {
            SubscriptionKind::Heterogeneous
        }
    }

    /// The assignor that most members ask for; of equals the first in Java's order.
    pub fn preferred_assignor(&self) -> Option<&str> {
        let most = self.assignors.values().copied().max()?;
        let mut names: Vec<&str> = self
            .assignors
            .iter()
            .filter(|(_, count)| **count == most)
            .map(|(name, _)| name.as_str())
            .collect();
        sort_by_bucket(&mut names, grown(self.assignors.len()), |name| string_hash(name));
        names.first().copied()
    }
}
