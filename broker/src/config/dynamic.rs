//! Dynamic values over those of the start: the one place that lays them, for a change and for what is stored.

use std::collections::BTreeMap;

use super::broker_config::Config;
use super::checks::why_not_together;
use super::error::ConfigError;

type Values = BTreeMap<String, String>;

/// A stored value that does not act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its name.
    pub name: String,
    /// It belongs to this broker, not to the cluster's defaults.
    pub is_of_node: bool,
    /// What is wrong with it.
    pub why: String,
}

impl Config {
    /// This start's values under these dynamic ones: the cluster's defaults, and on them those of this broker
    /// (Kafka: `DynamicBrokerConfig.validatedKafkaProps`).
    ///
    /// # Errors
    /// When they are not allowed together.
    pub fn layered(&self, cluster: &Values, node: &Values) -> Result<Config, ConfigError> {
        let next = self.settings().with_dynamic(cluster, node);
        match why_not_together(&next) {
            Some(text) => Err(ConfigError::NotAllowed(format!("requirement failed: {text}"))),
            None => Config::new(next),
        }
    }

    /// The same for what is stored, as far as it is allowed: it may come from another release, or not fit the properties
    /// of this start. What is left out is told; of values that contradict each other the later one goes, the cluster's
    /// before the broker's and by name.
    pub fn with_dynamic(&self, cluster: &Values, node: &Values) -> (Config, Vec<LeftOut>) {
        let mut left_out = Vec::new();
        let mut stored = Vec::new();
        for (is_of_node, (name, text)) in both(cluster, node) {
            match self.settings().why_unreadable(name, text) {
                Some(why) => left_out.push(LeftOut {
                    name: name.clone(),
                    is_of_node,
                    why,
                }),
                None => stored.push((is_of_node, name, text)),
            }
        }
        let laid = self.layered(cluster, node).unwrap_or_else(|_| {
            let (config, contradicting) = self.one_by_one(stored);
            left_out.extend(contradicting);
            config
        });
        (laid, left_out)
    }

    /// Lays value on value, as long as another one is allowed: some are only together.
    fn one_by_one(&self, mut waiting: Vec<(bool, &String, &String)>) -> (Config, Vec<LeftOut>) {
        let mut laid = (Values::new(), Values::new());
        let mut config = self.layered(&laid.0, &laid.1).unwrap_or_else(|_| self.clone());
        loop {
            let before = waiting.len();
            let mut left_out = Vec::new();
            waiting.retain(|&(is_of_node, name, text)| {
                let mut next = laid.clone();
                let level = if is_of_node { &mut next.1 } else { &mut next.0 };
                level.insert(name.clone(), text.clone());
                match self.layered(&next.0, &next.1) {
                    Ok(allowed) => (config, laid) = (allowed, next),
                    Err(error) => {
                        let (name, why) = (name.clone(), error.to_string());
                        left_out.push(LeftOut {
                            name,
                            is_of_node,
                            why,
                        });
                        return true;
                    }
                }
                false
            });
            if waiting.is_empty() || waiting.len() == before {
                return (config, left_out);
            }
        }
    }
}

/// The values of both levels, the weaker first.
fn both<'a>(cluster: &'a Values, node: &'a Values) -> impl Iterator<Item = (bool, (&'a String, &'a String))> {
    let of = |level: &'a Values, is_of_node| level.iter().map(move |value| (is_of_node, value));
    of(cluster, false).chain(of(node, true))
}
