//! Many transactional producers at once, by raw requests: each begins its next transaction when the one before has ended.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::broker::{Broker, Kind, Site};
use crate::bulk::{Shape, batch};
use crate::groups::{THREADS, in_threads};
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::txn_wire::{TxnProducer, passes};
use crate::wire::{Wire, now_ms};

const TOPIC: &str = "transactional";
const PARTITIONS: i32 = 16;
const PRODUCERS: usize = 100;
const VALUE_SIZE: usize = 100;
/// What clients wait before they ask again after CONCURRENT_TRANSACTIONS.
const BACKOFF: Duration = Duration::from_millis(20);

/// A hundred producers for `seconds`, one record a transaction, after as long to warm up.
pub fn round(site: &Site, kind: Kind, seconds: f64, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    create(&mut Wire::connect(&broker.address)?, TOPIC, PARTITIONS)?;
    let mut clients = Vec::new();
    for index in 0..PRODUCERS {
        clients.push(Client::new(&broker.address, index)?);
    }
    let (mut shares, mut measured) = (Vec::new(), Vec::new());
    while !clients.is_empty() {
        shares.push(clients.split_off(clients.len().saturating_sub(PRODUCERS / THREADS)));
    }
    let shares: Vec<_> = shares.into_iter().map(std::sync::Mutex::new).collect();
    let (mut elapsed, mut cpu) = (0.0, 0.0);
    for _ in ["to warm up", "measured"] {
        let before = proc::cpu_seconds(broker.pid())?;
        let begun = Instant::now();
        measured = in_threads(|thread| {
            let share = shares.get(thread).context("a share")?;
            let mut share = share.lock().unwrap_or_else(|broken| broken.into_inner());
            run_for(&mut share, seconds)
        })?;
        elapsed = begun.elapsed().as_secs_f64();
        cpu = proc::cpu_seconds(broker.pid())? - before;
    }
    let mut latencies = measured.concat();
    latencies.sort_unstable();
    let count = latencies.len() as f64;
    let p99 = latencies
        .get(latencies.len() * 99 / 100)
        .context("no transaction")?;
    results.add("transactions-many.rate", kind.name(), count / elapsed);
    results.add("transactions-many.p99", kind.name(), f64::from(*p99) / 1e3);
    results.add("transactions-many.cpu", kind.name(), cpu * 1e6 / count);
    Ok(())
}

/// What a producer asks for next.
#[derive(Clone, Copy)]
enum Step {
    Add,
    Produce,
    Commit,
}

struct Client {
    wire: Wire,
    producer: TxnProducer,
    partition: i32,
    batch: Vec<u8>,
    step: Step,
    /// When the transaction was begun; None between two.
    begun: Option<Instant>,
    /// Not to ask before.
    resume: Option<Instant>,
    waiting: bool,
}

impl Client {
    fn new(address: &str, index: usize) -> Result<Client> {
        let mut wire = Wire::connect(address)?;
        let shape = Shape {
            records: 1,
            value_size: VALUE_SIZE,
        };
        Ok(Client {
            producer: TxnProducer::init(&mut wire, &format!("many-{index}"))?,
            wire,
            partition: index as i32 % PARTITIONS,
            batch: batch(&shape, now_ms(), |_| None),
            step: Step::Add,
            begun: None,
            resume: None,
            waiting: false,
        })
    }

    fn send(&mut self) -> Result<()> {
        self.begun.get_or_insert_with(Instant::now);
        self.waiting = true;
        let (wire, producer) = (&mut self.wire, &self.producer);
        match self.step {
            Step::Add => producer.send_add(wire, TOPIC, self.partition),
            Step::Produce => producer.send_record(wire, TOPIC, self.partition, &mut self.batch),
            Step::Commit => producer.send_commit(wire),
        }
    }

    /// Reads the answer; the transaction's microseconds when it was its last.
    fn receive(&mut self) -> Result<Option<u32>> {
        self.waiting = false;
        let error = match self.step {
            Step::Add => TxnProducer::added(&mut self.wire)?,
            Step::Produce => self.producer.produced(&mut self.wire)?,
            Step::Commit => TxnProducer::ended(&mut self.wire)?,
        };
        match error {
            0 => {}
            error if passes(error) => {
                self.resume = Some(Instant::now() + BACKOFF);
                return Ok(None);
            }
            error => bail!("error {error} in a transaction"),
        }
        self.step = match self.step {
            Step::Add => Step::Produce,
            Step::Produce => Step::Commit,
            Step::Commit => Step::Add,
        };
        let ended = matches!(self.step, Step::Add);
        let begun = if ended { self.begun.take() } else { None };
        Ok(begun.map(|begun| begun.elapsed().as_micros() as u32))
    }
}

/// Microseconds of each transaction. All producers that may send, then all answers are read: a latency is an upper
/// bound, for an answer may have waited for the reader. What is open in the end is still ended.
fn run_for(clients: &mut [Client], seconds: f64) -> Result<Vec<u32>> {
    let mut latencies = Vec::new();
    let end = Instant::now() + Duration::from_secs_f64(seconds);
    loop {
        let now = Instant::now();
        let mut sent = 0;
        for client in clients.iter_mut() {
            let finished = client.begun.is_none() && now >= end;
            if !finished && client.resume.is_none_or(|resume| resume <= now) {
                client.resume = None;
                client.send()?;
                sent += 1;
            }
        }
        for client in clients.iter_mut().filter(|client| client.waiting) {
            latencies.extend(client.receive()?);
        }
        if sent == 0 {
            if clients.iter().all(|client| client.begun.is_none()) {
                return Ok(latencies);
            }
            proc::pause(1); // all wait for their time to ask again
        }
    }
}
