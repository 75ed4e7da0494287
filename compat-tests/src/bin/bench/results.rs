//! Measured values, kept in a file so that a run of some rows leaves the others' figures as they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::Result;

/// Values by (metric, subject). A metric is `row.what`.
pub struct Results {
    path: PathBuf,
    values: BTreeMap<(String, String), Vec<f64>>,
    fresh: BTreeSet<String>,
    pub verbose: bool,
}

impl Results {
    /// Reads what earlier runs left; a missing file is an empty one.
    pub fn load(path: PathBuf) -> Results {
        let mut values = BTreeMap::new();
        for line in fs::read_to_string(&path)
            .unwrap_or_default()
            .lines()
            .filter(|line| !line.starts_with('#'))
        {
            let mut fields = line.split('\t');
            if let (Some(metric), Some(subject), Some(numbers)) =
                (fields.next(), fields.next(), fields.next())
            {
                let numbers = numbers
                    .split(' ')
                    .filter_map(|number| number.parse().ok())
                    .collect();
                values.insert((metric.to_owned(), subject.to_owned()), numbers);
            }
        }
        Results {
            path,
            values,
            fresh: BTreeSet::new(),
            verbose: true,
        }
    }

    /// Adds one value; the first of a run for its row takes the place of what earlier runs left of that row.
    pub fn add(&mut self, metric: &str, subject: &str, value: f64) {
        let row = metric.split('.').next().unwrap_or(metric).to_owned();
        if self.fresh.insert(row.clone()) {
            self.values
                .retain(|(other, _), _| other.split('.').next() != Some(&row));
        }
        if self.verbose {
            eprintln!("  {metric:<28} {subject:<10} {value:.2}");
        }
        self.values
            .entry((metric.to_owned(), subject.to_owned()))
            .or_default()
            .push(value);
    }

    pub fn median(&self, metric: &str, subject: &str) -> Option<f64> {
        let mut sorted = self.values.get(&(metric.to_owned(), subject.to_owned()))?.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied()
    }

    pub fn maximum(&self, metric: &str, subject: &str) -> Option<f64> {
        self.values
            .get(&(metric.to_owned(), subject.to_owned()))?
            .iter()
            .copied()
            .max_by(f64::total_cmp)
    }

    pub fn save(&self) -> Result<()> {
        let mut text = String::from(
            "# metric, subject, one value a round; written by scripts/bench, source of docs/BENCHMARKS.md\n",
        );
        for ((metric, subject), numbers) in &self.values {
            let numbers: Vec<String> = numbers.iter().map(|number| format!("{number:.3}")).collect();
            text.push_str(&format!("{metric}\t{subject}\t{}\n", numbers.join(" ")));
        }
        Ok(fs::write(&self.path, text)?)
    }
}
