//! What is said of a row in the end.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::rows::Row;
use crate::run::Ran;
use crate::scenarios;

/// A row with what came of it.
pub struct Judged {
    pub row: Row,
    /// Each scenario of the contract, or of its own, with the verdict.
    pub verdicts: Vec<(String, Verdict)>,
    pub install_took: Duration,
    pub took: Duration,
    /// What helps to find out why a scenario is broken.
    pub words: String,
}

/// What is said of one scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Passed,
    /// The client cannot do it: why.
    Missing(String),
    /// It fails, on Apache Kafka just as here: why.
    Limit(String),
    /// It fails: why.
    Broken(String),
}

impl Judged {
    /// A row whose program could not be installed: nothing of it passes.
    pub fn not_installed(row: &Row, took: Duration, why: &str) -> Judged {
        let ran = Ran {
            outcomes: row
                .runs()
                .into_iter()
                .map(|name| (name.to_owned(), Err("not installed".to_owned())))
                .collect(),
            words: why.to_owned(),
            took: Duration::ZERO,
        };
        let unexcused = Row {
            fails: BTreeMap::new(),
            ..row.clone()
        };
        Judged::new(&unexcused, took, ran, None)
    }

    /// What came of a run; `there` is that on Apache Kafka of the scenarios that may fail.
    pub fn new(row: &Row, install_took: Duration, ran: Ran, there: Option<Ran>) -> Judged {
        let judge = |name: &str| {
            let here = ran.outcomes.get(name).cloned();
            let here = here.unwrap_or_else(|| Err("nothing was said of it".to_owned()));
            let on_kafka = there.as_ref().and_then(|there| there.outcomes.get(name));
            let passes_there = on_kafka.is_some_and(Result::is_ok);
            match (here, row.fails.get(name)) {
                (Ok(()), None) => Verdict::Passed,
                (Err(why), None) => Verdict::Broken(why),
                (Ok(()), Some(_)) => Verdict::Broken("passes, but its row says that it fails".to_owned()),
                (Err(why), Some(_)) if passes_there => {
                    Verdict::Broken(format!("passes on Apache Kafka; here: {why}"))
                }
                (Err(_), Some(reason)) => Verdict::Limit(reason.clone()),
            }
        };
        let own = row.scenarios.keys().map(|name| (name.clone(), judge(name)));
        let contract = scenarios::ALL.iter().filter(|_| row.is_client()).map(|scenario| {
            let verdict = match row.missing.get(scenario.name) {
                Some(reason) => Verdict::Missing(reason.clone()),
                None => judge(scenario.name),
            };
            (scenario.name.to_owned(), verdict)
        });
        Judged {
            verdicts: contract.chain(own).collect(),
            row: row.clone(),
            install_took,
            took: ran.took,
            words: ran.words,
        }
    }

    /// How many scenarios have passed, of how many that were run.
    pub fn count(&self) -> (usize, usize) {
        let ran = self
            .verdicts
            .iter()
            .filter(|(_, verdict)| !matches!(verdict, Verdict::Missing(_)));
        let passed = self
            .verdicts
            .iter()
            .filter(|(_, verdict)| *verdict == Verdict::Passed);
        (passed.count(), ran.count())
    }

    /// Whether nothing is broken.
    pub fn is_good(&self) -> bool {
        !self
            .verdicts
            .iter()
            .any(|(_, verdict)| matches!(verdict, Verdict::Broken(_)))
    }
}
