//! The command line.

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

pub const USAGE: &str = "bench [ROW...] [--rows NAME,...] [--rounds N] [--size MIB] [--smoke] [--no-kafka] [--report-only]
  --rows     only the rows whose names begin so (start, idle, produce100x1, produce100x16, produce1kx1, produce1kx16,
             fan-in, latency, cycle, join, many, many-written, subscribe, rebalance, commits,
             groups-restart, transactions-one, transactions-many, read-process-write, aborted (1 M aborted
             transactions in a partition), idle-partitions, memory, size, recover, compact, cold, append)
  --size     MiB of data in the rows recover (10240), compact (1024), cold (4096) and append (2048)
  --rounds   how often each broker is measured (3)
  --smoke    tiny sizes, one round, nothing written: does every row still work?
  --no-kafka Ottla alone
Folders come from the environment, see scripts/bench.";

/// What is to be run.
pub struct Options {
    pub rows: Vec<String>,
    pub rounds: usize,
    /// Bytes in the rows with much data, instead of what each has.
    pub size: Option<u64>,
    pub smoke: bool,
    pub kafka: bool,
    pub measure: bool,
}

impl Options {
    pub fn parse(mut args: impl Iterator<Item = String>) -> Result<Options> {
        let mut options = Options {
            rows: Vec::new(),
            rounds: 3,
            size: None,
            smoke: false,
            kafka: true,
            measure: true,
        };
        while let Some(arg) = args.next() {
            match arg.as_str() {
                "--rows" => {
                    options.rows = args
                        .next()
                        .context("--rows needs names")?
                        .split(',')
                        .map(str::to_owned)
                        .collect()
                }
                "--rounds" => options.rounds = args.next().context("--rounds needs a number")?.parse()?,
                "--size" => {
                    let mib: u64 = args.next().context("--size needs a number of MiB")?.parse()?;
                    options.size = Some(mib << 20);
                }
                "--smoke" => (options.smoke, options.rounds) = (true, 1),
                "--no-kafka" => options.kafka = false,
                "--report-only" => options.measure = false,
                "--help" | "-h" => bail!("{USAGE}"),
                row if !row.starts_with('-') => options.rows.push(row.to_owned()),
                other => bail!("{other}?\n{USAGE}"),
            }
        }
        Ok(options)
    }

    /// Bytes of a row with much data that has `full` of them.
    pub fn bytes(&self, full: u64) -> u64 {
        let default = if self.smoke { 16 << 20 } else { full };
        self.size.unwrap_or(default)
    }

    pub fn wants(&self, row: &str) -> bool {
        self.rows.is_empty() || self.rows.iter().any(|wanted| row.starts_with(wanted.as_str()))
    }
}

/// A path that scripts/bench gives.
pub fn path(variable: &str) -> Result<PathBuf> {
    Ok(std::env::var_os(variable)
        .with_context(|| format!("{variable} is not set: start me by scripts/bench"))?
        .into())
}
