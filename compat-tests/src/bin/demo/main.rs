//! A day's work on real records: `demo ADDRESS FILE [RECORDS_PER_SECOND]`.
//!
//! Every record of FILE goes, keyed, through a topic with six partitions; two consumer groups read it while it is written,
//! one of them growing from one member to three on the way. At the end each partition must hold, in order, what the input
//! has for its keys, and each group must have read it all. Started by scripts/demo.

mod group;
mod input;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::client::DefaultClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, BaseRecord, Producer, ProducerContext};
use rdkafka::{ClientContext, Message};

use crate::group::Group;
use crate::input::Record;

const TOPIC: &str = "records";
const PARTITIONS: i32 = 6;
const RECORDS_PER_SECOND: u64 = 4000;
const LIMIT: Duration = Duration::from_secs(60);

fn main() -> ExitCode {
    match show() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("demo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn show() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let address = args.next().context("demo ADDRESS FILE [RECORDS_PER_SECOND]")?;
    let file = args.next().context("no input file")?;
    let rate = args.next().map_or(Ok(RECORDS_PER_SECOND), |text| text.parse())?;
    let records = input::read(&file)?;
    println!(
        "{} records from {file}, {} keys",
        records.len(),
        input::keys(&records)
    );

    create_topic(&address)?;
    let boards = Group::new(&address, "boards", TOPIC);
    let audit = Group::new(&address, "audit", TOPIC);
    boards.join(1)?;
    audit.join(1)?;
    let acknowledged = Arc::new(Acknowledged::default());
    let begun = Instant::now();
    produce(&address, &records, rate, &acknowledged, &boards, &audit)?;
    while boards.count() < records.len() || audit.count() < records.len() {
        if begun.elapsed() > LIMIT {
            break; // the check below says what is missing
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    progress(records.len(), &acknowledged, &boards, &audit);
    println!();
    check(&records, &boards, &audit)?;
    println!(
        "{:.1} s; group boards read with {} members, {}",
        begun.elapsed().as_secs_f64(),
        boards.members(),
        boards.shares()
    );
    boards.end();
    audit.end();
    Ok(())
}

fn create_topic(address: &str) -> Result<()> {
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", address).create()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let topic = NewTopic::new(TOPIC, PARTITIONS, TopicReplication::Fixed(1));
    for created in runtime.block_on(admin.create_topics([&topic], &AdminOptions::new()))? {
        created.map_err(|(name, code)| anyhow::anyhow!("cannot create {name}: {code}"))?;
    }
    Ok(())
}

/// Counts the acknowledged records.
#[derive(Default)]
struct Acknowledged {
    good: AtomicU64,
    bad: AtomicU64,
}

struct Count(Arc<Acknowledged>);

impl ClientContext for Count {}

impl ProducerContext for Count {
    type DeliveryOpaque = ();

    fn delivery(&self, result: &DeliveryResult<'_>, _: ()) {
        let counter = match result {
            Ok(message) if message.partition() >= 0 => &self.0.good,
            _ => &self.0.bad,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// Sends all records at the given pace; the group `boards` gets its second and third member on the way.
fn produce(
    address: &str,
    records: &[Record],
    rate: u64,
    acknowledged: &Arc<Acknowledged>,
    boards: &Group,
    audit: &Group,
) -> Result<()> {
    let producer: BaseProducer<Count> = ClientConfig::new()
        .set("bootstrap.servers", address)
        .set("enable.idempotence", "true")
        .set("partitioner", "murmur2")
        .create_with_context(Count(acknowledged.clone()))?;
    let begun = Instant::now();
    let mut shown = Instant::now();
    for (sent, record) in records.iter().enumerate() {
        if sent == records.len() / 4 || sent == records.len() / 2 {
            boards.join(1)?;
        }
        producer
            .send(BaseRecord::to(TOPIC).key(&record.key).payload(&record.value))
            .map_err(|(error, _)| error)?;
        while (sent as u64) > begun.elapsed().as_millis() as u64 * rate / 1000 {
            producer.poll(Duration::from_millis(5));
        }
        if shown.elapsed()
            > Duration::from_millis(if std::io::stdout().is_terminal() {
                100
            } else {
                1000
            })
        {
            shown = Instant::now();
            progress(records.len(), acknowledged, boards, audit);
        }
    }
    producer.flush(LIMIT)?;
    let bad = acknowledged.bad.load(Ordering::Relaxed);
    if bad > 0 {
        bail!("{bad} records were not acknowledged");
    }
    Ok(())
}

fn progress(all: usize, acknowledged: &Acknowledged, boards: &Group, audit: &Group) {
    let line = format!(
        "produced {:>6}/{all}   boards ({} members) {:>6}   audit (1 member) {:>6}",
        acknowledged.good.load(Ordering::Relaxed),
        boards.members(),
        boards.count(),
        audit.count()
    );
    let terminal = std::io::stdout().is_terminal();
    if terminal {
        print!("\r{line}")
    } else {
        println!("{line}")
    }
    // A terminal that went away is no reason to stop.
    let _ = std::io::stdout().flush();
}

/// Holds what each group read, partition by partition and in order, against the input.
fn check(records: &[Record], boards: &Group, audit: &Group) -> Result<()> {
    let mut wanted: BTreeMap<i32, Vec<&Record>> =
        (0..PARTITIONS).map(|partition| (partition, Vec::new())).collect();
    for record in records {
        wanted
            .entry(input::partition(&record.key, PARTITIONS))
            .or_default()
            .push(record);
    }
    println!("{:>9} {:>7} {:>7} {:>7}", "partition", "input", "boards", "audit");
    let mut wrong = 0;
    for (partition, input) in &wanted {
        let (one, other) = (boards.read(*partition), audit.read(*partition));
        let same = |read: &[Record]| {
            read.len() == input.len() && read.iter().zip(input).all(|(got, wanted)| got == *wanted)
        };
        let good = same(&one) && same(&other);
        wrong += i32::from(!good);
        println!(
            "{partition:>9} {:>7} {:>7} {:>7} {}",
            input.len(),
            one.len(),
            other.len(),
            if good { "✓" } else { "✗" }
        );
    }
    if wrong > 0 {
        bail!("{wrong} partitions differ from the input");
    }
    println!(
        "{:>9} {:>7} {:>7} {:>7} every record in its place",
        "all",
        records.len(),
        boards.count(),
        audit.count()
    );
    Ok(())
}
