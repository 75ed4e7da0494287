//! What the owner of a config should know about it at the start.

use super::broker_config::Config;
use super::providers::PREFIX;
use super::retired::retired;
use super::row::Effect;
use super::strays::acts_on_listener;

impl Config {
    /// One line for each thing about the config that its owner should know, most important first.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        for (effect, what) in [
            (Effect::Kept, "kept and shown, but not acted upon in this release"),
            (Effect::Nothing, "without meaning in Ottla, kept and shown"),
        ] {
            let names: Vec<&str> = self
                .settings()
                .set_with(effect)
                .iter()
                .map(|row| row.name)
                .collect();
            if !names.is_empty() {
                notes.push(format!("{what}: {}", names.join(", ")));
            }
        }
        let of_listeners = self.settings().per_listener();
        let idle: Vec<&str> = of_listeners.filter(|name| !acts_on_listener(name)).collect();
        if !idle.is_empty() {
            notes.push(format!(
                "configs of one listener, not acted upon in this release: {}",
                idle.join(", ")
            ));
        }
        let (gone, unknown): (Vec<&str>, Vec<&str>) = self
            .settings()
            .unknown()
            .filter(|name| !name.starts_with(PREFIX))
            .partition(|name| retired(name).is_some());
        for (what, names) in [
            ("gone from Kafka 4, ignored", gone),
            ("unknown configs, ignored", unknown),
        ] {
            if !names.is_empty() {
                notes.push(format!("{what}: {}", names.join(", ")));
            }
        }
        notes
    }
}
