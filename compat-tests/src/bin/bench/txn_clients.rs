//! What librdkafka's users feel of transactions: one record each in sequence, and read-process-write.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::message::BorrowedMessage;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer};
use rdkafka::{Message, Offset, TopicPartitionList};

use crate::broker::{Broker, Kind, Site};
use crate::bulk::{Bulk, Shape, batch};
use crate::clients::config;
use crate::floor::Helper;
use crate::groups::await_coordinator;
use crate::proc;
use crate::results::Results;
use crate::stream::create;
use crate::wire::{Wire, now_ms};

const TOPIC: &str = "out";
const INPUT: &str = "in";
const RECORD: [u8; 100] = [b'r'; 100];
/// Records of one transaction of the loop.
const BATCH: usize = 1000;
const POLL: Duration = Duration::from_millis(100);
const LIMIT: Duration = Duration::from_secs(60);

/// A producer that waits for nothing before it sends: what is measured is the broker and the requests that are needed.
fn producer(address: &str, transactional_id: Option<&str>) -> Result<BaseProducer> {
    let mut config = config(address);
    config.set("linger.ms", "0").set("enable.idempotence", "true");
    if let Some(id) = transactional_id {
        config.set("transactional.id", id);
    }
    let producer: BaseProducer = config.create()?;
    if transactional_id.is_some() {
        producer.init_transactions(LIMIT)?;
    }
    Ok(producer)
}

/// One producer, one record a transaction, one after the other for `seconds`, after half as long to warm up; beside the
/// same on librdkafka's mock cluster.
pub fn one(site: &Site, kind: Kind, seconds: f64, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    create(&mut Wire::connect(&broker.address)?, TOPIC, 1)?;
    one_at(&broker.address, broker.pid(), kind.name(), seconds, results)?;
    if let Kind::Ottla = kind {
        drop(broker);
        let mock = Helper::start("mock-cluster", &[])?;
        one_at(&mock.address, mock.pid(), "mock", seconds, results)?;
    }
    Ok(())
}

/// `mock-cluster`: the cluster in memory that librdkafka brings for its tests, with one broker.
pub fn mock_cluster() -> Result<()> {
    let cluster = MockCluster::new(1)?;
    cluster.create_topic(TOPIC, 1, 1)?;
    println!("{}", cluster.bootstrap_servers());
    loop {
        std::thread::park();
    }
}

fn one_at(address: &str, pid: u32, subject: &str, seconds: f64, results: &mut Results) -> Result<()> {
    let producer = producer(address, Some("one"))?;
    one_for(&producer, seconds / 2.0)?;
    let before = proc::cpu_seconds(pid)?;
    let begun = Instant::now();
    let mut latencies = one_for(&producer, seconds)?;
    let elapsed = begun.elapsed().as_secs_f64();
    let cpu = proc::cpu_seconds(pid)? - before;
    latencies.sort_unstable();
    let count = latencies.len();
    for (what, percent) in [("p50", 50), ("p99", 99)] {
        let micros = latencies.get(count * percent / 100).context("no transaction")?;
        let metric = format!("transactions-one.{what}");
        results.add(&metric, subject, f64::from(*micros) / 1e3);
    }
    results.add("transactions-one.rate", subject, count as f64 / elapsed);
    results.add("transactions-one.cpu", subject, cpu * 1e6 / count as f64);
    Ok(())
}

/// Microseconds of each transaction, from its begin to the answer of its commit.
fn one_for(producer: &BaseProducer, seconds: f64) -> Result<Vec<u32>> {
    let mut latencies = Vec::new();
    let begun = Instant::now();
    while begun.elapsed().as_secs_f64() < seconds {
        let each = Instant::now();
        producer.begin_transaction()?;
        let record = BaseRecord::<(), [u8]>::to(TOPIC).payload(&RECORD);
        producer.send(record).map_err(|(error, _)| error)?;
        producer.commit_transaction(LIMIT)?;
        latencies.push(each.elapsed().as_micros() as u32);
    }
    Ok(latencies)
}

/// Copies `batches` × 1,000 records of 100 bytes: read, write, commit the offset; with transactions and without. Both
/// have copied a fifth of them before.
pub fn read_process_write(site: &Site, kind: Kind, batches: usize, results: &mut Results) -> Result<()> {
    let broker = Broker::start_new(site, kind, false)?;
    let mut wire = Wire::connect(&broker.address)?;
    create(&mut wire, INPUT, 1)?;
    create(&mut wire, TOPIC, 1)?;
    let shape = Shape {
        records: BATCH as u32,
        value_size: RECORD.len(),
    };
    let mut bulk = Bulk::connect(&broker.address)?;
    let batch = batch(&shape, now_ms(), |_| None);
    while wire.produce(INPUT, 1, b"first")? != 0 {
        proc::pause(5); // the partition may not lead yet
    }
    for _ in 0..batches {
        bulk.produce(INPUT, 0, &batch)?;
    }
    bulk.finish()?;
    let ways = [("plain", false), ("transactions", true)];
    for (_, transactions) in ways.into_iter().filter(|_| batches >= 5) {
        copy(&broker.address, "warm", transactions, batches / 5)?;
    }
    let mut rates = Vec::new();
    for (name, transactions) in ways {
        let before = proc::cpu_seconds(broker.pid())?;
        let seconds = copy(&broker.address, "measured", transactions, batches)?;
        let cpu = proc::cpu_seconds(broker.pid())? - before;
        let records = (batches * BATCH) as f64;
        results.add(
            &format!("read-process-write.{name}"),
            kind.name(),
            records / seconds,
        );
        results.add(
            &format!("read-process-write.{name}-cpu"),
            kind.name(),
            cpu * 1e6 / batches as f64,
        );
        rates.push(records / seconds);
    }
    if let [plain, transactions] = rates.as_slice() {
        results.add(
            "read-process-write.share",
            kind.name(),
            transactions / plain * 100.0,
        );
    }
    Ok(())
}

/// Seconds from the first record that is read to the last commit.
fn copy(address: &str, name: &str, transactions: bool, batches: usize) -> Result<f64> {
    let id = format!("{name}-{transactions}");
    let consumer: BaseConsumer = config(address)
        .set("group.id", &id)
        .set("enable.auto.commit", "false")
        .create()?;
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(INPUT, 0, Offset::Beginning)?;
    consumer.assign(&list)?;
    let producer = producer(address, transactions.then_some(id.as_str()))?;
    let member = consumer.group_metadata().context("no group")?;
    // The client, too, has found the coordinator of the group before anything is measured.
    await_coordinator(&mut Wire::connect(address)?, &id)?;
    list.set_partition_offset(INPUT, 0, Offset::Offset(0))?;
    consumer.commit(&list, CommitMode::Sync)?;
    let mut begun = None;
    for _ in 0..batches {
        let mut next = 0;
        for index in 0..BATCH {
            let message = read(&consumer)?;
            begun.get_or_insert_with(Instant::now);
            if transactions && index == 0 {
                producer.begin_transaction()?;
            }
            let payload = message.payload().unwrap_or_default();
            let record = BaseRecord::<(), [u8]>::to(TOPIC).payload(payload);
            producer.send(record).map_err(|(error, _)| error)?;
            next = message.offset() + 1;
        }
        list.set_partition_offset(INPUT, 0, Offset::Offset(next))?;
        if transactions {
            producer.send_offsets_to_transaction(&list, &member, LIMIT)?;
            producer.commit_transaction(LIMIT)?;
        } else {
            producer.flush(LIMIT)?;
            consumer.commit(&list, CommitMode::Sync)?;
        }
    }
    Ok(begun.context("nothing read")?.elapsed().as_secs_f64())
}

fn read(consumer: &BaseConsumer) -> Result<BorrowedMessage<'_>> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if let Some(message) = consumer.poll(POLL) {
            return Ok(message?);
        }
    }
    bail!("no record came")
}
