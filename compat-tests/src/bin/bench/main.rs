//! Measures Ottla beside Apache Kafka and beside what any broker must do at least; writes docs/BENCHMARKS.md.
//! Started by scripts/bench. The same binary is the small helper programs that run in processes of their own.

mod aborted;
mod append;
mod broker;
mod bulk;
mod clients;
mod cycles;
mod floor;
mod groups;
mod heavy;
mod idle_partitions;
mod latency;
mod many;
mod members;
mod options;
mod proc;
mod report;
mod report_groups;
mod report_transactions;
mod results;
mod start;
mod stream;
mod subscribe;
mod txn_clients;
mod txn_many;
mod txn_wire;
mod wire;

use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::broker::{Kind, Site};
use crate::options::Options;
use crate::results::Results;
use crate::stream::{STREAMS, Stream};

fn main() -> ExitCode {
    match started_as() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("bench: {error}");
            ExitCode::FAILURE
        }
    }
}

fn started_as() -> Result<()> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = args.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["sink", file] => floor::sink(file),
        ["echo"] => floor::echo(&latency::echo_reply()),
        ["echo-tokio"] => floor::echo_tokio(latency::echo_reply()),
        ["mock-cluster"] => txn_clients::mock_cluster(),
        ["round-trips", address, count] => latency::client(address, count.parse()?),
        _ => Bench::new(Options::parse(args.into_iter())?)?.run(),
    }
}

struct Bench {
    options: Options,
    site: Site,
    results: Results,
    failures: Vec<String>,
}

impl Bench {
    fn new(options: Options) -> Result<Bench> {
        let site = Site {
            ottla: options::path("OTTLA")?,
            kafka_libs: options::path("KAFKA_LIBS")?,
            work: options::path("BENCH_WORK")?,
        };
        std::fs::create_dir_all(&site.work).context("the work folder")?;
        let docs = options::path("BENCH_DOCS")?;
        let results = Results::load(if options.smoke {
            site.work.join("smoke.tsv")
        } else {
            docs.join("bench-results.tsv")
        });
        Ok(Bench {
            options,
            site,
            results,
            failures: Vec::new(),
        })
    }

    fn run(mut self) -> Result<()> {
        if self.options.measure {
            self.measure();
        }
        if !self.options.smoke {
            self.results.save()?;
            let docs = options::path("BENCH_DOCS")?;
            report::write(
                &self.site,
                &self.results,
                &docs.join("BENCHMARKS.md"),
                &docs.join("bench-notes.md"),
            )?;
        }
        for failure in &self.failures {
            eprintln!("bench: {failure}");
        }
        if !self.failures.is_empty() {
            bail!("{} rows could not be measured", self.failures.len());
        }
        Ok(())
    }

    fn measure(&mut self) {
        let smoke = self.options.smoke;
        let pick = move |small: usize, full: usize| if smoke { small } else { full };
        self.row("size", 1, |site, kind, results| match kind {
            Kind::Ottla => size(site, results),
            Kind::Kafka => Ok(()),
        });
        self.row("start", 5, start::first_ack);
        self.row("idle", 3, start::idle);
        self.row("join", 1, |site, kind, results| {
            clients::join(site, kind, pick(2, 20), results)
        });
        self.row("cycle", 1, |site, kind, results| {
            clients::cycle(site, kind, pick(2, 30), results)
        });
        self.row("cycles", 1, |site, kind, results| {
            cycles::round(site, kind, pick(20, 1100), results)
        });
        self.latency(pick(500, 20_000));
        for stream in STREAMS {
            if smoke && !["100x16", "1kx1"].contains(&stream.name) {
                continue;
            }
            let stream = Stream {
                bytes: if smoke { 10 << 20 } else { stream.bytes },
                ..stream
            };
            self.stream(&stream);
        }
        self.row("fan-in", 3, |site, kind, results| {
            clients::fan_in(site, kind, pick(500, 20_000) as u64, results)
        });
        self.row("many", 1, |site, kind, results| {
            many::round(site, kind, pick(50, 1000), false, results)
        });
        self.row("many-written", 1, |site, kind, results| {
            many::round(site, kind, pick(50, 1000), true, results)
        });
        self.groups();
        self.transactions();
        self.row("idle-partitions", 1, |site, kind, results| {
            idle_partitions::round(site, kind, pick(20, 1000), results)
        });
        self.heavy();
        if !smoke {
            self.row("memory", 1, |site, kind, results| {
                stream::memory(site, kind, 4 << 30, results)
            });
        }
    }

    /// Rows of the coordinator of groups.
    fn groups(&mut self) {
        let smoke = self.options.smoke;
        let pick = move |small: usize, full: usize| if smoke { small } else { full };
        self.row("subscribe", 1, |site, kind, results| {
            subscribe::round(site, kind, pick(1, 20), results)
        });
        self.row("rebalance", 1, |site, kind, results| {
            groups::rebalance(site, kind, pick(10, 100), pick(1, 30), results)
        });
        self.row("commits", 3, |site, kind, results| {
            groups::commits(site, kind, pick(1, 50) as f64 / 10.0, results)
        });
        self.row("groups-restart", 1, |site, kind, results| {
            groups::restart(site, kind, pick(50, 10_000), pick(2, 100) as i64, results)
        });
    }

    /// Rows about transactions.
    fn transactions(&mut self) {
        let smoke = self.options.smoke;
        let pick = move |small: usize, full: usize| if smoke { small } else { full };
        self.row("transactions-one", 3, |site, kind, results| {
            txn_clients::one(site, kind, pick(2, 100) as f64 / 10.0, results)
        });
        self.row("transactions-many", 3, |site, kind, results| {
            txn_many::round(site, kind, pick(2, 100) as f64 / 10.0, results)
        });
        self.row("read-process-write", 3, |site, kind, results| {
            txn_clients::read_process_write(site, kind, pick(4, 500), results)
        });
        self.row("aborted", 1, |site, kind, results| {
            aborted::round(site, kind, pick(1000, 1_000_000), results)
        });
    }

    /// Rows with gigabytes on disk.
    fn heavy(&mut self) {
        let [recover, compact, cold, append] =
            [10u64 << 30, 1 << 30, 4 << 30, 2 << 30].map(|full| self.options.bytes(full));
        self.row("recover", 3, |site, kind, results| {
            heavy::recover(site, kind, recover, results)
        });
        self.row("compact", 3, |site, kind, results| {
            heavy::compact(site, kind, compact, results)
        });
        self.row("cold", 3, |site, kind, results| {
            heavy::cold(site, kind, cold, results)
        });
        if !self.options.wants("append") {
            return;
        }
        for round in 0..self.options.rounds.max(if self.options.smoke { 1 } else { 5 }) {
            eprintln!("bench: append, round {}", round + 1);
            let mut subjects = ["plain", "ottla"];
            subjects.rotate_left(round % 2);
            for subject in subjects {
                let outcome = append::round(&self.site, subject, append, &mut self.results);
                self.note("append", subject, outcome);
            }
        }
    }

    /// Runs a row for each broker in alternating order, at most `most` rounds.
    fn row(&mut self, name: &str, most: usize, one: impl Fn(&Site, Kind, &mut Results) -> Result<()>) {
        if !self.options.wants(name) {
            return;
        }
        for round in 0..self.options.rounds.min(most) {
            eprintln!("bench: {name}, round {}", round + 1);
            for kind in self.kinds(round) {
                let outcome = one(&self.site, kind, &mut self.results);
                self.note(name, kind.name(), outcome);
            }
        }
    }

    fn stream(&mut self, stream: &Stream) {
        let name = format!("produce{}", stream.name);
        if !self.options.wants(&name) {
            return;
        }
        for round in 0..self.options.rounds {
            eprintln!("bench: {name}, round {}", round + 1);
            let outcome = stream::floor(&self.site, stream, &mut self.results);
            self.note(&name, "floor", outcome);
            if !self.site.kafka_libs.exists() {
                continue; // the programs that produce and consume are Kafka's
            }
            for kind in self.kinds(round) {
                let outcome = stream::round(&self.site, kind, stream, &mut self.results);
                self.note(&name, kind.name(), outcome);
            }
        }
    }

    fn latency(&mut self, requests: usize) {
        if !self.options.wants("latency") {
            return;
        }
        for round in 0..self.options.rounds {
            eprintln!("bench: latency, round {}", round + 1);
            let outcome = latency::floors(&self.site, requests, &mut self.results);
            self.note("latency", "echo", outcome);
            for kind in self.kinds(round) {
                for fsync in [false, true] {
                    let count = if fsync { requests / 4 } else { requests };
                    let outcome = latency::broker(&self.site, kind, fsync, count, &mut self.results);
                    self.note("latency", kind.name(), outcome);
                }
            }
        }
    }

    fn kinds(&self, round: usize) -> Vec<Kind> {
        let mut kinds = vec![Kind::Kafka, Kind::Ottla];
        if round % 2 == 1 {
            kinds.reverse();
        }
        kinds.retain(|kind| *kind == Kind::Ottla || (self.options.kafka && !self.options.smoke));
        if std::env::var_os("BENCH_KAFKA_ONLY").is_some() {
            kinds = vec![Kind::Kafka];
        }
        kinds
    }

    fn note(&mut self, row: &str, subject: &str, outcome: Result<()>) {
        if let Err(error) = outcome {
            eprintln!("bench: {row} of {subject}: {error:#}");
            self.failures.push(format!("{row} of {subject}: {error:#}"));
        }
    }
}

fn size(site: &Site, results: &mut Results) -> Result<()> {
    results.add(
        "size.binary",
        "ottla",
        std::fs::metadata(&site.ottla)?.len() as f64 / 1e6,
    );
    Ok(())
}
