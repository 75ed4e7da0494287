//! What is printed, and what makes the run fail.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::difference::{Difference, between};
use crate::explained::{EXPLAINED, fits};
use crate::script::Step;
use crate::world::{Answer, Transcript};

/// Fewest requests of the whole script, and of each API in it.
const LEAST: usize = 500;
const LEAST_OF_AN_API: usize = 3;

/// All differences of a run.
pub struct Report {
    /// What is not explained by API and kind: the first of the kind, and the cases that show it.
    open: BTreeMap<(String, Difference), (Difference, Vec<String>)>,
    /// Explained differences that were seen.
    used: BTreeSet<&'static str>,
    explained: usize,
}

impl Report {
    /// Compares two transcripts of the same script.
    pub fn of(steps: &[Step], kafka: &Transcript, ottla: &Transcript) -> Report {
        let mut report = Report {
            open: BTreeMap::new(),
            used: BTreeSet::new(),
            explained: 0,
        };
        for step in steps {
            for difference in between(&kafka[&step.id], &ottla[&step.id]) {
                let reason = EXPLAINED
                    .iter()
                    .find(|reason| reason.covers(&step.id, &difference));
                if let Some(reason) = reason {
                    report.used.insert(reason.id);
                    report.explained += 1;
                } else {
                    let key = (step.api.to_owned(), kind(&difference));
                    let seen = report.open.entry(key).or_insert((difference, vec![]));
                    seen.1.push(step.id.clone());
                }
            }
        }
        report
    }

    /// Prints the report; says whether all is well.
    pub fn print(&self, steps: &[Step], whole: bool, kafka: Duration, ottla: Duration) -> bool {
        for ((api, _), (difference, cases)) in &self.open {
            println!("\n{api}: {}", difference.path);
            println!("  kafka: {}\n  ottla: {}", difference.kafka, difference.ottla);
            let shown: Vec<&str> = cases.iter().take(4).map(String::as_str).collect();
            let more = cases.len() - shown.len();
            let more = if more == 0 {
                String::new()
            } else {
                format!(" and {more} more")
            };
            println!("  in {}{more}", shown.join(" "));
        }
        let unused: Vec<&str> = EXPLAINED
            .iter()
            .filter(|reason| !reason.cases.is_empty())
            .map(|reason| reason.id)
            .filter(|id| !self.used.contains(id))
            .collect();
        let mut well = self.open.is_empty();
        if whole {
            well &= counted(steps);
            if !unused.is_empty() {
                println!("\nexplained, but not seen: {}", unused.join(" "));
                well = false;
            }
        }
        println!(
            "\n{} requests to each broker, {:.1} s by Kafka, {:.1} s by Ottla; {} explained differences, {} unexplained",
            steps.len(),
            kafka.as_secs_f64(),
            ottla.as_secs_f64(),
            self.explained,
            self.open.len()
        );
        well
    }
}

/// A difference without the names and numbers that tell one version of a case from the next.
fn kind(difference: &Difference) -> Difference {
    let mut path = String::new();
    let mut depth = 0;
    for letter in difference.path.chars() {
        depth -= i32::from(letter == ']');
        if depth == 0 {
            path.push(letter);
        }
        depth += i32::from(letter == '[');
    }
    let plain = |text: &str| {
        if text.len() < 12 {
            text.to_owned()
        } else {
            text.replace(|c: char| c.is_ascii_digit(), "")
        }
    };
    Difference {
        path,
        kafka: plain(&difference.kafka),
        ottla: plain(&difference.ottla),
    }
}

/// Whether the script is as large as promised.
fn counted(steps: &[Step]) -> bool {
    let mut of_api: BTreeMap<&str, usize> = BTreeMap::new();
    for step in steps {
        *of_api.entry(step.api).or_default() += 1;
    }
    let counts: Vec<String> = of_api
        .iter()
        .map(|(api, count)| format!("{api} {count}"))
        .collect();
    println!("\n{}", counts.join(", "));
    let few: Vec<&&str> = of_api
        .iter()
        .filter(|(_, count)| **count < LEAST_OF_AN_API)
        .map(|(api, _)| api)
        .collect();
    if !few.is_empty() {
        println!("too few cases: {few:?}");
    }
    steps.len() >= LEAST && few.is_empty()
}

/// Shows the answers of both to the steps that fit a pattern.
pub fn show(pattern: &str, steps: &[Step], kafka: &Transcript, ottla: &Transcript) {
    for step in steps.iter().filter(|step| fits(pattern, &step.id)) {
        println!("\n{}\n  asked: {:?}", step.id, step.body);
        for (name, transcript) in [("kafka", kafka), ("ottla", ottla)] {
            match &transcript[&step.id] {
                Answer::Body(value) => println!("  {name}: {value:?}"),
                other => println!("  {name}: {other:?}"),
            }
        }
    }
}
