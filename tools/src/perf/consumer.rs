//! `kafka-consumer-perf-test`.

use std::time::Duration;

use super::consumer_options::Options;
use super::metrics::{self, Metric};
use crate::Io;
use crate::connect::first_line;
use crate::consumer::Consumer;
use crate::env;
use crate::jre::{DatePattern, fixed};
use crate::properties::Properties;
use crate::wrong::Wrong;

/// Records that Kafka's consumer hands out at once (`max.poll.records`): the count ends behind such a run.
const POLL_RECORDS: usize = 500;
const MIB: f64 = 1_048_576.0;

/// Runs `kafka-consumer-perf-test`.
pub(crate) fn run(args: &[String], io: &mut Io<'_>) -> i32 {
    let options = match Options::read(args, io) {
        Ok(options) => options,
        Err(code) => return code,
    };
    if !options.has("hide-header") {
        let first = match options.has("show-detailed-stats") {
            true => "time, threadId",
            false => "start.time, end.time",
        };
        io.say(format!(
            "{first}, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, \
             fetch.MB.sec, fetch.nMsg.sec"
        ));
    }
    match read_all(&options, io) {
        Ok(()) => 0,
        Err(Wrong::Code(code)) => code,
        Err(Wrong::Usage(sentence)) => {
            io.complain(sentence);
            1
        }
        Err(Wrong::Thrown(error)) => {
            io.complain(first_line(&error));
            io.complain(&error);
            1
        }
    }
}

/// What was read.
#[derive(Clone, Copy, Default)]
struct Counts {
    records: i64,
    bytes: i64,
}

impl Counts {
    fn mib(self) -> f64 {
        self.bytes as f64 / MIB
    }
}

fn read_all(options: &Options, io: &mut Io<'_>) -> Result<(), Wrong> {
    let properties = options.properties()?;
    let dates = DatePattern::parse(options.date_format()).map_err(Wrong::argument)?;
    let begun_ms = env::now_ms();
    let mut consumer = Consumer::new(options.bootstrap(), &properties, options.subscription()?)?;
    let counts = consume(options, &properties, &dates, &mut consumer, io);
    let ended_ms = env::now_ms();
    let rebalance_ms = millis(consumer.rebalance_time());
    if counts.is_ok() {
        consumer.close();
    }
    let counts = counts?;
    if !options.has("show-detailed-stats") {
        let passed = (ended_ms - begun_ms) as f64 / 1_000.0;
        let fetch_ms = ended_ms - begun_ms - rebalance_ms;
        let fetch = fetch_ms as f64 / 1_000.0;
        io.say(format!(
            "{}, {}, {}, {}, {}, {}, {rebalance_ms}, {fetch_ms}, {}, {}",
            dates.format(begun_ms),
            dates.format(ended_ms),
            fixed(counts.mib(), 4),
            fixed(counts.mib() / passed, 4),
            counts.records,
            fixed(counts.records as f64 / passed, 4),
            fixed(counts.mib() / fetch, 4),
            fixed(counts.records as f64 / fetch, 4)
        ));
    }
    if options.has("print-metrics") {
        say_metrics(&properties, counts, io);
    }
    Ok(())
}

fn consume(
    options: &Options,
    properties: &Properties,
    dates: &DatePattern,
    consumer: &mut Consumer,
    io: &mut Io<'_>,
) -> Result<Counts, Wrong> {
    let (wanted, timeout_ms) = (options.records()?, options.timeout_ms());
    let interval_ms = options.interval_ms()?;
    let is_detailed = options.has("show-detailed-stats");
    let run = properties
        .get("max.poll.records")
        .and_then(|text| text.trim().parse().ok());
    let run = run.unwrap_or(POLL_RECORDS).max(1);
    let (mut now, mut counts, mut rebalanced) = (env::now_ms(), Counts::default(), Duration::ZERO);
    let (mut heard, mut reported) = (now, Report { at_ms: now, counts });
    while counts.records < wanted && now - heard <= timeout_ms {
        // One poll to the end of the time: Kafka's polls in steps, and its connections outlive them.
        let left = u64::try_from(timeout_ms - (now - heard)).unwrap_or_default();
        let mut next = consumer.poll(Duration::from_millis(left.saturating_add(1)), &mut |_| false)?;
        now = env::now_ms();
        if next.is_some() {
            heard = now;
        }
        let mut handed_out = 0;
        while let Some(record) = next {
            counts.records += 1;
            let bytes = record.key.map_or(0, |key| key.len()) + record.value.map_or(0, |value| value.len());
            counts.bytes += i64::try_from(bytes).unwrap_or_default();
            if now - reported.at_ms >= interval_ms {
                let took = consumer.rebalance_time();
                if is_detailed {
                    reported.say(counts, now, millis(took - rebalanced), dates, io);
                }
                rebalanced = took;
                reported = Report { at_ms: now, counts };
            }
            handed_out += 1;
            next = match handed_out < run {
                true => consumer.poll(Duration::ZERO, &mut |_| true)?,
                false => None,
            };
        }
    }
    if counts.records < wanted {
        io.say(format!(
            "WARNING: Exiting before consuming the expected number of records: timeout ({timeout_ms} ms) exceeded. \
             You can use the --timeout option to increase the timeout."
        ));
    }
    Ok(counts)
}

/// What had been read when the last line was due.
struct Report {
    at_ms: i64,
    counts: Counts,
}

impl Report {
    fn say(&self, counts: Counts, now_ms: i64, rebalance_ms: i64, dates: &DatePattern, io: &mut Io<'_>) {
        let passed = (now_ms - self.at_ms) as f64;
        let fetch_ms = now_ms - self.at_ms - rebalance_ms;
        let records = (counts.records - self.counts.records) as f64;
        let mib = counts.mib() - self.counts.mib();
        let per_second = |amount: f64| match fetch_ms {
            ..=0 => 0.0,
            ms => 1_000.0 * amount / ms as f64,
        };
        io.say(format!(
            "{}, 0, {}, {}, {}, {}, {rebalance_ms}, {fetch_ms}, {}, {}",
            dates.format(now_ms),
            fixed(counts.mib(), 4),
            fixed(1_000.0 * mib / passed, 4),
            counts.records,
            fixed(records / passed * 1_000.0, 4),
            fixed(per_second(mib), 4),
            fixed(per_second(records), 4)
        ));
        io.flush();
    }
}

fn say_metrics(properties: &Properties, counts: Counts, io: &mut Io<'_>) {
    let client = format!("client-id={}", properties.get("client.id").unwrap_or_default());
    let group = "consumer-fetch-manager-metrics";
    let row = |name, value| -> Metric<'_> { (group, name, client.clone(), value) };
    let rows = [
        row("bytes-consumed-total", counts.bytes as f64),
        row("records-consumed-total", counts.records as f64),
    ];
    metrics::say(&rows, io);
}

fn millis(time: Duration) -> i64 {
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX)
}
