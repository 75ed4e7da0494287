//! The contract's scenarios as the crate rdkafka does them: `FutureProducer`, `StreamConsumer`, `AdminClient`.

use std::env;

use anyhow::{Context, Result};
use serde_json::json;

mod administration;
mod consuming;
mod producing;
mod reader;
mod transactions;
mod writer;

/// How long a program waits for what it wants to see.
const DEADLINE: std::time::Duration = std::time::Duration::from_secs(20);

#[tokio::main]
async fn main() -> Result<()> {
    println!("{}", json!({"client": "rdkafka", "version": version()?}));
    let prefix = env::var("PREFIX")?;
    for scenario in env::var("SCENARIOS")?.split_whitespace() {
        let line = match run(scenario, &format!("{prefix}-{scenario}")).await {
            Ok(()) => json!({"scenario": scenario, "ok": true}),
            Err(error) => json!({"scenario": scenario, "ok": false, "why": format!("{error:#}")}),
        };
        println!("{line}");
    }
    Ok(())
}

async fn run(scenario: &str, name: &str) -> Result<()> {
    if let Some(done) = producing::run(scenario, name).await {
        return done;
    }
    if let Some(done) = transactions::run(scenario, name).await {
        return done;
    }
    if let Some(done) = consuming::run(scenario, name).await {
        return done;
    }
    let done = administration::run(scenario, name).await;
    done.context("the program has no such scenario")?
}

/// The crate says librdkafka's version alone; the lock file that it was built by says its own.
fn version() -> Result<&'static str> {
    let (_, package) = include_str!("../../../../Cargo.lock")
        .split_once("name = \"rdkafka\"\nversion = \"")
        .context("rdkafka")?;
    Ok(package.split_once('"').context("its version")?.0)
}

/// A configuration for the harness's broker.
fn config() -> Result<rdkafka::ClientConfig> {
    Ok(compat_tests::rdkafka::config(&env::var("BOOTSTRAP")?, &[]))
}
