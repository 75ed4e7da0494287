//! The script: what is asked, in which order. It is data; both brokers are asked all of it, each for itself.

use std::collections::HashSet;

use compat_tests::wire::{Value, range};

/// One request of the script.
#[derive(Clone, Debug)]
pub struct Step {
    /// `API/v5/name`, or `section/API-v5/name` for what a section needs of another API.
    pub id: String,
    pub api: &'static str,
    pub version: i16,
    /// The body. A string `${symbol}` stands for what the broker that is asked gave under that name.
    pub body: Value,
    /// What to keep of the answer: the path of a field, and the symbol that stands for it from then on.
    pub keep: Vec<(&'static str, String)>,
    /// Whether no answer is expected, so that nobody waits for long.
    pub silent: bool,
    /// Whether the listener of the controller is asked.
    pub at_controller: bool,
}

impl Step {
    /// Keeps a field of the answer under a symbol.
    pub fn keep(&mut self, path: &'static str, symbol: &str) -> &mut Step {
        self.keep.push((path, symbol.to_owned()));
        self
    }

    /// Expects no answer.
    pub fn silent(&mut self) {
        self.silent = true;
    }
}

/// All requests, in sections that need nothing of each other.
#[derive(Default)]
pub struct Script {
    pub steps: Vec<Step>,
    ids: HashSet<String>,
    section: &'static str,
    at_controller: bool,
}

impl Script {
    /// Begins the section of an API.
    pub fn section(&mut self, api: &'static str) {
        self.section = api;
    }

    /// Asks the listener of the controller from here on, or that of the broker again.
    pub fn at_controller(&mut self, at_controller: bool) {
        self.at_controller = at_controller;
    }

    /// A case of any API in every version.
    pub fn each(&mut self, api: &'static str, name: &str, body: impl Fn(i16) -> Value) {
        for version in range(api).iter() {
            self.ask(api, version, name, body(version));
        }
    }

    /// A case of the section's API in every version.
    pub fn all(&mut self, name: &str, body: impl Fn(i16) -> Value) {
        self.from(i16::MIN, name, body);
    }

    /// A case of the section's API in every version from this one on.
    pub fn from(&mut self, min: i16, name: &str, body: impl Fn(i16) -> Value) {
        for version in range(self.section).iter().filter(|version| *version >= min) {
            self.ask(self.section, version, name, body(version));
        }
    }

    /// A case of the section's API in its last version.
    pub fn last(&mut self, name: &str, body: Value) -> &mut Step {
        self.ask(self.section, range(self.section).max, name, body)
    }

    /// A request of any API in its last version.
    pub fn and(&mut self, api: &'static str, name: &str, body: Value) -> &mut Step {
        self.ask(api, range(api).max, name, body)
    }

    /// A request of any API in one version.
    pub fn ask(&mut self, api: &'static str, version: i16, name: &str, body: Value) -> &mut Step {
        let id = if api == self.section {
            format!("{api}/v{version}/{name}")
        } else {
            format!("{}/{api}-v{version}/{name}", self.section)
        };
        assert!(self.ids.insert(id.clone()), "two cases are called {id}");
        let at = self.steps.len();
        self.steps.push(Step {
            id,
            api,
            version,
            body,
            keep: vec![],
            silent: false,
            at_controller: self.at_controller,
        });
        &mut self.steps[at]
    }
}
