//! What librdkafka's users feel: fifty producers at once, the life of a short topic, joining a group.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use rdkafka::ClientContext;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};

use crate::broker::{Broker, Kind, Site};
use crate::floor::warm_page_cache;
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::wire::Wire;

const PRODUCERS: usize = 50;
const RECORD: [u8; 100] = [b'r'; 100];
const FLUSH_LIMIT: Duration = Duration::from_secs(300);
const POLL: Duration = Duration::from_millis(1);
const LIMIT: Duration = Duration::from_secs(60);

struct Counter(Arc<AtomicU64>);

impl ClientContext for Counter {}

impl ProducerContext for Counter {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        if result.is_ok() {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A client of the broker at `address`.
pub fn config(address: &str) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", address);
    config
}

/// Fifty librdkafka producers, a thread each, 100 bytes, linger 5 ms, acks=all.
pub fn fan_in(site: &Site, kind: Kind, records: u64, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    create(&mut Wire::connect(&broker.address)?, "fan", 16)?;
    fifty_producers(&broker.address, records / 10)?;
    warm_page_cache(&site.work, records * PRODUCERS as u64 * RECORD.len() as u64)?;
    let before = proc::cpu_seconds(broker.pid())?;
    let rate = fifty_producers(&broker.address, records)?;
    let cpu = proc::cpu_seconds(broker.pid())? - before;
    results.add("fan-in.rate", kind.name(), rate);
    results.add(
        "fan-in.cpu",
        kind.name(),
        cpu * 1e6 / (records * PRODUCERS as u64) as f64,
    );
    Ok(())
}

/// Acknowledged records per second.
fn fifty_producers(address: &str, each: u64) -> Result<f64> {
    let acknowledged = Arc::new(AtomicU64::new(0));
    let begun = Instant::now();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..PRODUCERS)
            .map(|_| scope.spawn(|| one_producer(address, each, &acknowledged)))
            .collect();
        threads
            .into_iter()
            .try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a producer panicked")))
    })?;
    let got = acknowledged.load(Ordering::Relaxed);
    ensure!(got == each * PRODUCERS as u64, "only {got} records acknowledged");
    Ok(got as f64 / begun.elapsed().as_secs_f64())
}

fn one_producer(address: &str, count: u64, acknowledged: &Arc<AtomicU64>) -> Result<()> {
    let mut config = config(address);
    config.set("linger.ms", "5").set("acks", "all");
    let producer: BaseProducer<Counter> = config.create_with_context(Counter(acknowledged.clone()))?;
    for _ in 0..count {
        let mut record = BaseRecord::<(), [u8]>::to("fan").payload(&RECORD);
        while let Err((error, back)) = producer.send(record) {
            if !matches!(error, KafkaError::MessageProduction(RDKafkaErrorCode::QueueFull)) {
                return Err(error.into());
            }
            producer.poll(POLL);
            record = back;
        }
    }
    Ok(producer.flush(FLUSH_LIMIT)?)
}

/// Create topic → produce 10 → consume 10 in a new group → delete topic, again and again. Milliseconds each.
pub fn cycle(site: &Site, kind: Kind, times: usize, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    let admin: AdminClient<DefaultClientContext> = config(&broker.address).create()?;
    let acknowledged = Arc::new(AtomicU64::new(0));
    let producer: BaseProducer<Counter> =
        config(&broker.address).create_with_context(Counter(acknowledged.clone()))?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    for round in 0..times + 1 {
        let topic = format!("cycle-{round}");
        let begun = Instant::now();
        let new = NewTopic::new(&topic, 1, TopicReplication::Fixed(1));
        for created in runtime.block_on(admin.create_topics([&new], &AdminOptions::new()))? {
            created.map_err(|(name, code)| anyhow::anyhow!("create {name}: {code}"))?;
        }
        for _ in 0..10 {
            let record = BaseRecord::<(), [u8]>::to(&topic).payload(&RECORD);
            producer.send(record).map_err(|(error, _)| error)?;
        }
        producer.flush(LIMIT)?;
        // Its end is not measured: librdkafka takes over a tenth of a second for its own threads.
        let _consumer = consume_ten(&broker.address, &topic)?;
        for deleted in runtime.block_on(admin.delete_topics(&[&topic], &AdminOptions::new()))? {
            deleted.map_err(|(name, code)| anyhow::anyhow!("delete {name}: {code}"))?;
        }
        if round > 0 {
            results.add("cycle.time", kind.name(), begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(())
}

fn consume_ten(address: &str, topic: &str) -> Result<BaseConsumer> {
    let consumer: BaseConsumer = config(address)
        .set("group.id", topic)
        .set("auto.offset.reset", "earliest")
        .create()?;
    consumer.subscribe(&[topic])?;
    let begun = Instant::now();
    let mut got = 0;
    while got < 10 {
        ensure!(begun.elapsed() < LIMIT, "only {got} of 10 records came");
        if let Some(message) = consumer.poll(POLL) {
            message?;
            got += 1;
        }
    }
    Ok(consumer)
}

/// Subscribe → first assignment, each time a new client and a new classic group of one member. Milliseconds.
pub fn join(site: &Site, kind: Kind, times: usize, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    create(&mut Wire::connect(&broker.address)?, "join", 6)?;
    for round in 0..times + 1 {
        let begun = Instant::now();
        let consumer: BaseConsumer = config(&broker.address)
            .set("group.id", format!("join-{round}"))
            .create()?;
        consumer.subscribe(&["join"])?;
        while consumer.assignment()?.count() == 0 {
            ensure!(begun.elapsed() < LIMIT, "no assignment");
            if let Some(message) = consumer.poll(POLL) {
                message?;
            }
        }
        if round > 0 {
            results.add("join.time", kind.name(), begun.elapsed().as_secs_f64() * 1e3);
        }
    }
    Ok(())
}
