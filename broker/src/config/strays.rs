//! Configs without a row of their own: names that nobody knows, and those of one listener. They are kept and shown, as
//! Kafka shows them.

use std::collections::{BTreeMap, BTreeSet};

use super::described::Origin;
use super::row::{Row, Scope};
use super::table::row;

/// Configs of a mechanism on a listener (Kafka: `DynamicBrokerConfig.ListenerMechanismConfigs`).
const OF_A_MECHANISM: [&str; 5] = [
    "sasl.jaas.config",
    "sasl.login.callback.handler.class",
    "sasl.login.class",
    "sasl.server.callback.handler.class",
    "connections.max.reauth.ms",
];

/// Configs of a listener that may be the default of all brokers (Kafka: `ClusterLevelListenerConfigs`).
const OF_ALL_BROKERS: [&str; 3] = [
    "max.connections",
    "max.connection.creation.rate",
    "num.network.threads",
];

/// What `listener.name.<listener>.<config>` says after the listener.
pub fn listener_config(name: &str) -> Option<&str> {
    let rest = name.strip_prefix("listener.name.")?;
    rest.split_once('.').map(|(_, config)| config)
}

/// Configs that are acted upon where one listener has its own.
const ACTED: [&str; 2] = ["max.connections", "max.connection.creation.rate"];

/// Whether a name sets something for one listener that is acted upon. As in Kafka, only a listener's name in lower case
/// is one.
pub fn acts_on_listener(name: &str) -> bool {
    let rest = name
        .strip_prefix("listener.name.")
        .and_then(|rest| rest.split_once('.'));
    rest.is_some_and(|(listener, config)| {
        ACTED.contains(&config) && listener == listener.to_ascii_lowercase()
    })
}

/// The row of the config that a name sets for one listener, or for a mechanism of SASL on it.
pub fn base_row(name: &str) -> Option<&'static Row> {
    let config = listener_config(name)?;
    let of_mechanism = OF_A_MECHANISM.into_iter().find(|known| config.ends_with(known));
    row(Scope::Broker, of_mechanism.unwrap_or(config))
}

/// Whether a name is a config of one listener that only a named broker may have.
pub fn is_of_one_broker(name: &str) -> bool {
    listener_config(name).is_some_and(|config| !OF_ALL_BROKERS.contains(&config))
}

/// Values of names without a row, by the place that gave them.
#[derive(Clone, Debug, Default)]
pub struct Strays {
    /// Given at start.
    pub start: BTreeMap<String, String>,
    /// Dynamic defaults of the whole cluster.
    pub cluster: BTreeMap<String, String>,
    /// Dynamic values of this broker.
    pub node: BTreeMap<String, String>,
}

impl Strays {
    /// The same of the start under other dynamic ones.
    pub fn with_dynamic(
        &self,
        cluster: &BTreeMap<String, String>,
        node: &BTreeMap<String, String>,
    ) -> Strays {
        let without_row = |pairs: &BTreeMap<String, String>| {
            let strays = pairs
                .iter()
                .filter(|(name, _)| row(Scope::Broker, name).is_none());
            strays.map(|(name, text)| (name.clone(), text.clone())).collect()
        };
        Strays {
            start: self.start.clone(),
            cluster: without_row(cluster),
            node: without_row(node),
        }
    }

    /// Names given at start, in order.
    pub fn start_names(&self) -> impl Iterator<Item = &str> {
        self.start.keys().map(String::as_str)
    }

    /// What the strongest place gives a name.
    pub fn strongest(&self, name: &str) -> Option<&str> {
        let places = [&self.node, &self.cluster, &self.start].into_iter();
        places
            .filter_map(|place| place.get(name))
            .map(String::as_str)
            .next()
    }

    /// All names, in order.
    pub fn names(&self) -> BTreeSet<&str> {
        let all = [&self.start, &self.cluster, &self.node].into_iter();
        all.flat_map(|place| place.keys()).map(String::as_str).collect()
    }

    /// What a place gives a name.
    pub fn of(&self, origin: Origin, name: &str) -> Option<&str> {
        let place = match origin {
            Origin::Node => &self.node,
            Origin::Cluster => &self.cluster,
            Origin::Start => &self.start,
            _ => return None,
        };
        place.get(name).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_of_a_listener_has_the_type_of_the_config() {
        let base = |name: &str| base_row(name).map(|row| row.name);
        assert_eq!(base("listener.name.x.max.connections"), Some("max.connections"));
        assert_eq!(
            base("listener.name.x.plain.sasl.jaas.config"),
            Some("sasl.jaas.config")
        );
        assert_eq!(base("listener.name.x.nonsense"), None);
        assert_eq!(base("max.connections"), None);
        assert!(is_of_one_broker("listener.name.x.ssl.keystore.location"));
        assert!(!is_of_one_broker("listener.name.x.max.connections"));
        assert!(!is_of_one_broker("nonsense"));
        assert!(acts_on_listener("listener.name.x.max.connections"));
        assert!(!acts_on_listener("listener.name.X.max.connections"));
        assert!(!acts_on_listener("listener.name.x.ssl.keystore.location"));
    }
}
