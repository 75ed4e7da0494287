//! `compat-tests/clients/rows.toml`: what is run.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use crate::scenarios::{self, Scenario};

/// One client, framework or tool; the file's head tells the fields.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    pub name: String,
    pub group: String,
    pub version: String,
    pub folder: String,
    #[serde(default)]
    pub program: String,
    /// What the program takes, in seconds, about.
    #[serde(default)]
    pub seconds: u64,
    #[serde(default)]
    pub missing: BTreeMap<String, String>,
    #[serde(default)]
    pub fails: BTreeMap<String, String>,
    #[serde(default)]
    pub scenarios: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    row: Vec<Row>,
}

impl Row {
    /// Whether this is its name, or that of its group.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.group.eq_ignore_ascii_case(name)
    }

    /// Whether it runs the contract, not scenarios of its own.
    pub fn is_client(&self) -> bool {
        self.scenarios.is_empty()
    }

    /// The scenarios of the contract that it runs.
    pub fn contract(&self) -> impl Iterator<Item = &'static Scenario> {
        scenarios::ALL
            .iter()
            .filter(|scenario| self.is_client() && !self.missing.contains_key(scenario.name))
    }

    /// The names of all scenarios that it runs, in order.
    pub fn runs(&self) -> Vec<&str> {
        let own = self.scenarios.keys().map(String::as_str);
        self.contract().map(|scenario| scenario.name).chain(own).collect()
    }

    fn check(&self) -> Result<()> {
        for name in self.missing.keys() {
            ensure!(
                self.is_client() && scenarios::ALL.iter().any(|scenario| scenario.name == name),
                "{}: missing {name:?} is no scenario of the contract",
                self.name
            );
        }
        let runs = self.runs();
        for name in self.fails.keys() {
            ensure!(
                runs.contains(&name.as_str()),
                "{}: fails {name:?}, which it does not run",
                self.name
            );
        }
        Ok(())
    }
}

/// All rows, checked.
pub fn read(file: &Path) -> Result<Vec<Row>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let rows = toml::from_str::<File>(&text)
        .with_context(|| file.display().to_string())?
        .row;
    for (at, row) in rows.iter().enumerate() {
        row.check()?;
        ensure!(
            rows.iter().take(at).all(|other| other.name != row.name),
            "two rows are called {:?}",
            row.name
        );
    }
    Ok(rows)
}
