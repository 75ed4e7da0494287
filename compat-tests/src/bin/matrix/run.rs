//! One row: its brokers, its program, what came of every scenario.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use crate::brokers::{Broker, Kind};
use crate::program::{Line, Place, Program};
use crate::rows::Row;
use crate::scenarios::World;

/// How long a program may say nothing before it counts as hung. A slow machine must not make a row fail.
const SILENCE: Duration = Duration::from_secs(5 * 60);

/// What came of a scenario: nothing to say when it passed, else why not.
pub type Outcome = Result<(), String>;

/// What came of a row.
pub struct Ran {
    pub outcomes: BTreeMap<String, Outcome>,
    /// What helps to find out why, when not all went well.
    pub words: String,
    pub took: Duration,
}

/// Runs these scenarios of a row, whose program is installed.
pub fn run(row: &Row, place: &Place, kind: Kind, scenarios: &[&str]) -> Ran {
    let begun = Instant::now();
    let (mut outcomes, mut words) = (BTreeMap::new(), String::new());
    for world in [World::Memory, World::Disk] {
        let part: Vec<&str> = scenarios
            .iter()
            .copied()
            .filter(|name| world_of(row, name) == world)
            .collect();
        if part.is_empty() {
            continue;
        }
        let mut said = BTreeMap::new();
        if let Err(error) = run_in(row, place, kind, world, &part, &mut said, &mut words) {
            let why = format!("{error:#}");
            words.push_str(&format!("  {why}\n"));
            for name in &part {
                said.entry((*name).to_owned()).or_insert_with(|| Err(why.clone()));
            }
        }
        outcomes.append(&mut said);
    }
    Ran {
        outcomes,
        words,
        took: begun.elapsed(),
    }
}

fn world_of(row: &Row, name: &str) -> World {
    let found = row.contract().find(|scenario| scenario.name == name);
    found.map_or(World::Memory, |scenario| scenario.world)
}

fn run_in(
    row: &Row,
    place: &Place,
    kind: Kind,
    world: World,
    scenarios: &[&str],
    said: &mut BTreeMap<String, Outcome>,
    words: &mut String,
) -> Result<()> {
    let dir = tempfile::tempdir()?;
    let prefix = "m";
    let mut broker = asserted(|| Broker::start(kind, world, dir.path())).map_err(anyhow::Error::msg)??;
    let ours: Vec<_> = row
        .contract()
        .filter(|scenario| scenarios.contains(&scenario.name))
        .collect();
    for scenario in &ours {
        asserted(|| scenario.set_up(&mut broker.client(), prefix))
            .map_err(|why| anyhow::anyhow!("what {} needs cannot be made: {why}", scenario.name))?;
    }
    let mut program = place.run(row, &broker.addr().to_string(), prefix, scenarios)?;
    let heard = listen(row, &mut program, &mut broker, scenarios, said);
    for scenario in &ours {
        if said.get(scenario.name) == Some(&Ok(())) {
            let looked = asserted(|| (scenario.check)(&mut broker.client(), &scenario.topic(prefix)));
            said.insert(
                scenario.name.to_owned(),
                looked.map_err(|why| format!("left behind: {why}")),
            );
        }
    }
    if heard.is_err() || said.values().any(Result::is_err) {
        words.push_str(&format!(
            "  the program:{}\n  the broker:\n{}",
            program.words(),
            last_lines(&broker.log())
        ));
    }
    heard
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().collect();
    let last = lines.get(lines.len().saturating_sub(20)..).unwrap_or_default();
    last.iter().map(|line| format!("    {line}\n")).collect()
}

/// Takes down what the program says until it has ended.
fn listen(
    row: &Row,
    program: &mut Program,
    broker: &mut Broker,
    scenarios: &[&str],
    said: &mut BTreeMap<String, Outcome>,
) -> Result<()> {
    let mut known = false;
    while let Some(line) = program.next(SILENCE)? {
        match line {
            Line::Who { client, version } => {
                ensure!(
                    version == row.version,
                    "{client} says it is {version}, not {}",
                    row.version
                );
                known = true;
            }
            Line::Done { scenario, ok, why } => {
                ensure!(
                    scenarios.contains(&scenario.as_str()),
                    "{scenario} was not asked for"
                );
                let outcome = if ok {
                    Ok(())
                } else {
                    Err(why.unwrap_or_else(|| "no reason given".to_owned()))
                };
                let before = said.insert(scenario, outcome);
                ensure!(before.is_none(), "two lines for one scenario");
            }
            Line::Ask { ask } if ask == "restart" => {
                asserted(|| broker.crash()).map_err(anyhow::Error::msg)??;
                program.done()?;
            }
            Line::Ask { ask } => bail!("asks for {ask:?}"),
        }
    }
    let ended = program.wait(SILENCE)?;
    ensure!(ended, "the program ended with an error");
    ensure!(known, "the program did not say who it is");
    let silent: Vec<_> = scenarios
        .iter()
        .filter(|name| !said.contains_key(**name))
        .collect();
    ensure!(silent.is_empty(), "nothing was said of {silent:?}");
    Ok(())
}

/// What a function answers that fails as a test does, or why it failed.
fn asserted<T>(check: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(check)).map_err(|panic| why(panic.as_ref()))
}

fn why(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
    text.context("a panic without words")
        .map_or_else(|error| error.to_string(), ToOwned::to_owned)
}
