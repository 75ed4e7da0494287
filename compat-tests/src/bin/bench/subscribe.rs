//! From subscribe to the first record, one member in a new group: librdkafka and Apache's Java client, both protocols.

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::{Offset, TopicPartitionList};

use crate::broker::{Broker, Kind, Site};
use crate::clients::config;
use crate::groups::await_coordinator;
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::wire::Wire;

const TOPIC: &str = "subscribed";
const LIMIT: Duration = Duration::from_secs(60);
const POLL: Duration = Duration::from_millis(1);
const CLIENT_JVM: [&str; 3] = ["-Xmx256m", "-XX:+UseSerialGC", "-Xshare:auto"];

/// How a consumer comes to its partition. `Alone` is assigned it by hand and asks for the offset of its group: less a
/// client cannot do, so it is the minimum that a broker's coordinator is held against.
#[derive(Clone, Copy, PartialEq)]
enum How {
    Alone,
    Classic,
    Consumer,
}

const ALL: [How; 3] = [How::Alone, How::Classic, How::Consumer];

impl How {
    fn name(self) -> &'static str {
        match self {
            How::Alone => "alone",
            How::Classic => "classic",
            How::Consumer => "consumer",
        }
    }
}

/// Milliseconds, each time with a new client and a new group. The minimum is Ottla's own row's.
pub fn round(site: &Site, kind: Kind, times: usize, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    let mut wire = Wire::connect(&broker.address)?;
    create(&mut wire, TOPIC, 1)?;
    let begun = Instant::now();
    while wire.produce(TOPIC, 1, b"first")? != 0 {
        ensure!(begun.elapsed() < LIMIT, "not acknowledged");
        proc::pause(5); // the partition may not lead yet
    }
    await_coordinator(&mut wire, "subscribe")?;
    for how in ALL
        .into_iter()
        .filter(|how| kind == Kind::Ottla || *how != How::Alone)
    {
        for round in 0..times + 3 {
            let elapsed = rdkafka(&broker.address, how, round)?;
            if round >= 3 {
                note("rdkafka", how, kind, elapsed.as_secs_f64() * 1e3, results);
            }
        }
        if site.kafka_libs.exists() {
            for millis in java(site, &broker.address, how, times)? {
                note("java", how, kind, millis, results);
            }
        }
    }
    Ok(())
}

fn note(client: &str, how: How, kind: Kind, millis: f64, results: &mut Results) {
    let mut add = |protocol: &str, subject| {
        results.add(&format!("subscribe.{client}-{protocol}"), subject, millis);
    };
    match how {
        How::Alone => ["classic", "consumer"]
            .into_iter()
            .for_each(|protocol| add(protocol, "alone")),
        How::Classic | How::Consumer => add(how.name(), kind.name()),
    }
}

fn rdkafka(address: &str, how: How, round: usize) -> Result<Duration> {
    let mut config = config(address);
    config
        .set("group.id", format!("rdkafka-{}-{round}", how.name()))
        .set("auto.offset.reset", "earliest");
    if how == How::Consumer {
        config.set("group.protocol", "consumer");
    }
    let consumer: BaseConsumer = config.create()?;
    let begun = Instant::now();
    if how == How::Alone {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset(TOPIC, 0, Offset::Stored)?;
        consumer.assign(&list)?;
    } else {
        consumer.subscribe(&[TOPIC])?;
    }
    while begun.elapsed() < LIMIT {
        if let Some(message) = consumer.poll(POLL) {
            message?;
            return Ok(begun.elapsed());
        }
    }
    anyhow::bail!("no record came")
}

/// The same in one JVM, after as many times to warm it up.
fn java(site: &Site, address: &str, how: How, times: usize) -> Result<Vec<f64>> {
    let classes = site.kafka_libs.with_file_name("classes");
    ensure!(
        classes.join("ring/FirstRecord.class").exists(),
        "the Java client is not in {}: scripts/bench builds it there, beside Kafka's jars",
        classes.display()
    );
    let mut command = std::process::Command::new("java");
    command.args(CLIENT_JVM).arg("-cp");
    command.arg(format!("{}:{}/*", classes.display(), site.kafka_libs.display()));
    command.args(["ring.FirstRecord", address, TOPIC, how.name(), &times.to_string()]);
    let output = command.output()?;
    ensure!(
        output.status.success(),
        "the Java client failed: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let text = String::from_utf8_lossy(&output.stdout);
    let lines = text.lines().filter_map(|line| line.strip_prefix("first record "));
    Ok(lines.map(str::parse).collect::<Result<_, _>>()?)
}
