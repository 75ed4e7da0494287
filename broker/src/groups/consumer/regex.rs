//! Subscriptions by regular expression: checked, matched against all topics, matched anew.
//!
//! Kafka matches them beside the group's other work and comes back with the result; here that is the next decision
//! of the shard ([`TimerKey::Regex`]), so an answer to a changed expression never waits for the match either.

use std::collections::BTreeMap;

use regex::Regex;

use super::change::{bump, metadata_hash};
use super::group::ConsumerGroup;
use super::member::ConsumerMember;
use crate::groups::effects::Scene;
use crate::groups::timers::TimerKey;
use crate::groups::topics_view::TopicsView;
use crate::groups::types::GroupError;
use crate::groups::types_consumer::Refusal;
use crate::records::consumer_groups::{ConsumerRecord, ResolvedRegex};

/// What a request changed about its member's regular expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegexChange {
    /// Nothing.
    None,
    /// There is another one, whose topics are not known yet.
    Updated,
    /// There is another one whose topics are known, or none any more.
    Resolved,
}

impl RegexChange {
    /// Whether it changed.
    pub fn is_updated(self) -> bool {
        self != RegexChange::None
    }

    /// Whether it changed, and what it means is known.
    pub fn is_resolved(self) -> bool {
        self == RegexChange::Resolved
    }
}

/// The whole of a topic's name has to match.
fn compile(regex: &str) -> Result<Regex, regex::Error> {
    // By itself first, so that no unbalanced bracket escapes the frame.
    Regex::new(regex)?;
    Regex::new(&format!(r"\A(?:{regex})\z"))
}

/// Looks at what a request does to its member's expression; has expressions matched when it is time.
///
/// # Errors
/// INVALID_REGULAR_EXPRESSION.
pub fn change(
    group: &ConsumerGroup,
    scene: &mut Scene<'_>,
    member: &ConsumerMember,
    updated: &ConsumerMember,
) -> Result<RegexChange, Refusal> {
    let (old, new) = (member.regex(), updated.regex());
    let mut outcome = RegexChange::None;
    let mut wanted = false;
    if member.subscription.topic_regex != updated.subscription.topic_regex {
        outcome = RegexChange::Updated;
        if let Some(old) = old.filter(|old| group.subscriptions.subscribers(old) == 1) {
            scene.record(group, ConsumerRecord::Regex(old.to_owned(), None));
        }
        match new {
            Some(new) if group.subscriptions.subscribers(new) == 0 => {
                check(new)?;
                wanted = true;
            }
            Some(new) if group.regexes.contains_key(new) => outcome = RegexChange::Resolved,
            None if old.is_some() => outcome = RegexChange::Resolved,
            Some(_) | None => {}
        }
    }
    let key = TimerKey::Regex(group.id.clone());
    if (!wanted && group.subscriptions.regexes.is_empty()) || scene.timers.is_set(&key) {
        return Ok(outcome);
    }
    let resolved = group.regexes.values().next();
    let last_ms = resolved.map_or(i64::MIN, |regex| regex.timestamp_ms);
    let since_ms = scene.now.wall_ms.saturating_sub(last_ms);
    if resolved.is_some() && since_ms <= scene.config.consumer.regex_pause_ms {
        return Ok(outcome);
    }
    let mut all = group.subscriptions.regexes.clone();
    if let Some(old) = old.filter(|_| outcome.is_updated()) {
        let left = all.get(old).copied().unwrap_or(0).saturating_sub(1);
        if left == 0 {
            all.remove(old);
        }
    }
    if let Some(new) = new {
        *all.entry(new.to_owned()).or_default() += 1;
    }
    let version = resolved.map_or(0, |regex| regex.version);
    wanted |= all.len() != group.regexes.len()
        || version < scene.topics.version_of_newest_topic()
        || since_ms > scene.config.consumer.regex_refresh_ms;
    if wanted && !all.is_empty() {
        scene.set_timer(key, 0);
    }
    Ok(outcome)
}

/// Refuses what is no regular expression.
fn check(regex: &str) -> Result<(), Refusal> {
    compile(regex).map(|_| ()).map_err(|error| {
        let reason = error.to_string();
        let reason = reason
            .lines()
            .last()
            .unwrap_or_default()
            .trim_start_matches("error: ");
        let text = format!("SubscribedTopicRegex `{regex}` is not a valid regular expression: {reason}.");
        Refusal::new(GroupError::InvalidRegularExpression, text)
    })
}

/// Matches all expressions of a group against all topics; a new epoch follows when that changes anything.
pub fn resolve(group: &ConsumerGroup, scene: &mut Scene<'_>) {
    let mut counts = group.subscriptions.clone();
    let mut changed = false;
    let resolved: BTreeMap<String, ResolvedRegex> = matches(group, scene.topics, scene.now.wall_ms);
    for (regex, new) in resolved {
        let old = group.regexes.get(&regex);
        let had: &[String] = old.map(|old| old.topics.as_slice()).unwrap_or_default();
        if had != new.topics {
            changed = true;
            counts.resolve(old, Some(&new));
        }
        scene.record(group, ConsumerRecord::Regex(regex, Some(new)));
    }
    let hash = metadata_hash(scene.topics, counts.topics.keys());
    if changed || hash != group.metadata_hash {
        bump(group, scene, hash);
        scene.effects.seen_version = Some((group.id.clone(), scene.topics.version()));
    }
}

fn matches(group: &ConsumerGroup, topics: &dyn TopicsView, now_ms: i64) -> BTreeMap<String, ResolvedRegex> {
    let names = topics.names();
    let version = topics.version();
    let expressions = group.subscriptions.regexes.keys();
    let resolved = expressions.map(|expression| {
        // One that cannot be read (written by Kafka's RE2, say) matches nothing, as in Kafka.
        let compiled = compile(expression).ok();
        let fitting = |name: &&std::sync::Arc<str>| compiled.as_ref().is_some_and(|c| c.is_match(name));
        let mut topics: Vec<String> = names.iter().filter(fitting).map(|n| n.to_string()).collect();
        topics.sort_unstable();
        let resolved = ResolvedRegex {
            topics,
            version,
            timestamp_ms: now_ms,
        };
        (expression.clone(), resolved)
    });
    resolved.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_name_matches() {
        let regex = compile("foo|ba.*").unwrap();
        assert!(regex.is_match("foo") && regex.is_match("bar"));
        assert!(!regex.is_match("xfoo") && !regex.is_match("foox"));
    }

    #[test]
    fn brackets_cannot_escape() {
        for regex in ["a)|(b", "[", "*", "(?P<x", "foo("] {
            let refused = check(regex).unwrap_err();
            assert_eq!(refused.error, GroupError::InvalidRegularExpression, "{regex}");
        }
    }
}
