//! `kafka-producer-perf-test`.

use std::time::{Duration, Instant};

use super::metrics::{self, Metric};
use super::payload::SplittableRandom;
use super::producer_options::{Options, TOOL};
use super::stats::Stats;
use super::throttle::Throttle;
use crate::Io;
use crate::client::{Client, ClientConfig, ClientError};
use crate::env;
use crate::producer::{Producer, ProducerConfig, Receipt, Record};
use crate::wrong::Wrong;

/// Runs `kafka-producer-perf-test`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let done = Options::read(args, io).and_then(|options| Ok(send_all(&options, io)?));
    match done {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => TOOL.refuse(io, &sentence),
        Err(Wrong::Thrown(error)) => {
            io.complain(format!("Exception in thread \"main\" {error}"));
            1
        }
    }
}

/// What became of the records so far.
struct Tally {
    all: Stats,
    steady: Option<Stats>,
    /// Records that arrived before the steady state was to begin.
    warmup_left: i64,
    failed: i64,
}

impl Tally {
    fn note(&mut self, receipt: &Receipt, error: Option<&ClientError>, io: &mut Io<'_>) {
        if let Some(error) = error {
            self.failed += 1;
            io.complain(error);
            return;
        }
        let now_ms = env::now_ms();
        let (latency_ms, bytes) = (now_ms - receipt.sent_ms, receipt.value_bytes.unwrap_or(0));
        self.all.record(latency_ms, bytes, now_ms, io);
        if self.warmup_left > 0 {
            self.warmup_left -= 1;
        } else if let Some(steady) = &mut self.steady {
            steady.record(latency_ms, bytes, now_ms, io);
        }
    }
}

fn send_all(options: &Options, io: &mut Io<'_>) -> Result<(), ClientError> {
    let mut producer = producer(options)?;
    if options.transaction_ms.is_some() {
        producer.init_transactions()?;
    }
    if options.warmup > 0 {
        io.say(format!(
            "Warmup first {} records. Steady state results will print after the complete test summary.",
            options.warmup
        ));
    }
    let mut tally = Tally {
        all: Stats::new(options.records, options.interval_ms, false, env::now_ms()),
        steady: None,
        warmup_left: options.warmup,
        failed: 0,
    };
    send(options, &mut producer, &mut tally, io)?;
    producer.flush(&mut |receipt, error| tally.note(receipt, error, io));
    let now_ms = env::now_ms();
    tally.all.say_total(now_ms, io);
    if let Some(steady) = &mut tally.steady {
        steady.say_total(now_ms, io);
    }
    if options.prints_metrics {
        say_metrics(options, &tally, io);
    }
    Ok(())
}

fn producer(options: &Options) -> Result<Producer, ClientError> {
    let constructed = |cause: ClientError| {
        ClientError::foreign(
            "org.apache.kafka.common.KafkaException",
            format!("Failed to construct kafka producer\nCaused by: {cause}"),
        )
    };
    let config = ProducerConfig::new(&options.properties)?;
    let servers = options.properties.get("bootstrap.servers").unwrap_or_default();
    let client = ClientConfig::new(servers, &options.properties).map_err(constructed)?;
    Ok(Producer::new(Client::new(client), config))
}

fn send(
    options: &Options,
    producer: &mut Producer,
    tally: &mut Tally,
    io: &mut Io<'_>,
) -> Result<(), ClientError> {
    let mut random = SplittableRandom::default();
    let mut throttle = Throttle::new(options.throughput, env::now());
    let mut transaction: Option<i64> = None;
    let mut looked_ms = env::now_ms();
    let mut record = Record {
        topic: options.topic.clone(),
        ..Record::default()
    };
    for number in 0..options.records {
        record.value = Some(options.payload.value(&mut random, number));
        if options.transaction_ms.is_some() && transaction.is_none() {
            producer.begin();
            transaction = Some(env::now_ms());
        }
        let sent_ms = env::now_ms();
        if options.warmup > 0 && number == options.warmup {
            let left = options.records - options.warmup;
            tally.steady = Some(Stats::new(left, options.interval_ms, true, sent_ms));
            tally.all.is_silent = true;
        }
        let mut done = |receipt: &Receipt, error: Option<&ClientError>| tally.note(receipt, error, io);
        if let Err(error) = producer.send(&record, &mut done) {
            tally.failed += 1;
            io.complain(&error);
        }
        let mut done = |receipt: &Receipt, error: Option<&ClientError>| tally.note(receipt, error, io);
        if let (Some(age_max), Some(since)) = (options.transaction_ms, transaction)
            && age_max <= sent_ms - since
        {
            producer.commit(&mut done)?;
            transaction = None;
        }
        // Kafka's producer has a thread for this: what is due leaves, and answers are looked at when they come.
        if sent_ms != looked_ms {
            looked_ms = sent_ms;
            producer.send_due(&mut done);
            producer.take_ready(Duration::ZERO, &mut done);
        }
        let now = env::now();
        if let Some(pause) = throttle.pause(number, now) {
            wait(producer, now.checked_add(pause), &mut done);
        }
    }
    if transaction.is_some() {
        producer.commit(&mut |receipt, error| tally.note(receipt, error, io))?;
    }
    Ok(())
}

/// Lets time pass, while what is due leaves and what comes is counted; without an end for `None`.
fn wait(
    producer: &mut Producer,
    until: Option<Instant>,
    done: &mut dyn FnMut(&Receipt, Option<&ClientError>),
) {
    loop {
        let left = until.map_or(Duration::from_secs(1), |until| {
            until.saturating_duration_since(env::now())
        });
        if left.is_zero() {
            return;
        }
        producer.send_due(done);
        producer.take_ready(left, done);
    }
}

fn say_metrics(options: &Options, tally: &Tally, io: &mut Io<'_>) {
    let (records, bytes, latency, latency_max) = tally.all.totals();
    let client = format!(
        "client-id={}",
        options.properties.get("client.id").unwrap_or_default()
    );
    let topic = format!("{client}, topic={}", options.topic);
    let of_client = |name, value| -> Metric<'_> { ("producer-metrics", name, client.clone(), value) };
    let of_topic = |name, value| -> Metric<'_> { ("producer-topic-metrics", name, topic.clone(), value) };
    let rows = [
        of_client("record-error-total", tally.failed as f64),
        of_client("record-send-total", records as f64),
        of_client("request-latency-avg", latency),
        of_client("request-latency-max", latency_max),
        of_topic("byte-total", bytes as f64),
        of_topic("record-error-total", tally.failed as f64),
        of_topic("record-send-total", records as f64),
    ];
    metrics::say(&rows, io);
}
