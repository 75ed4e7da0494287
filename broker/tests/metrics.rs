//! Metrics of a running broker whose clock the test moves, asked for over HTTP.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may fail anywhere")]

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use ottla::Ottla;
use ottla::config::{Layers, StartOptions};
use ottla::env::{Clock, Env};
use ottla::partition::Partition;
use ottla::server::Broker;
use ottla::transactions::{EndRequest, InitRequest, TopicPartition, TxnVersion};
use storage::BatchBuilder;

/// Some day in 2026.
const START_MS: i64 = 1_790_000_000_000;

#[derive(Debug)]
struct TestClock(AtomicI64);

impl Clock for TestClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
    fn monotonic_ms(&self) -> i64 {
        self.now_ms()
    }
}

impl TestClock {
    fn pass_ms(&self, ms: i64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }
}

/// Starts a broker in memory or in a folder, with metrics on a free port.
async fn start(set: &[(&str, String)]) -> (Broker, Arc<TestClock>) {
    let clock = Arc::new(TestClock(AtomicI64::new(START_MS)));
    let mut layers = Layers::default();
    layers.listen(&["127.0.0.1:0".to_owned()]).unwrap();
    layers.metrics("127.0.0.1:0");
    let set = set.iter().map(|(key, value)| ((*key).to_owned(), value.clone()));
    layers.set.extend(set);
    let options = StartOptions::new(layers.config().unwrap());
    let env = Env {
        clock: clock.clone(),
        ..Env::system()
    };
    (Broker::start(&options, env).await.unwrap(), clock)
}

fn in_memory() -> Vec<(&'static str, String)> {
    vec![("ottla.memory", "true".to_owned())]
}

fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

/// The value of one sample of a scrape, as it is written.
async fn told(broker: &Broker, sample: &str) -> String {
    let address = broker.metrics_addresses()[0];
    let answer = tokio::task::spawn_blocking(move || ask(address, "GET /metrics HTTP/1.1\r\n\r\n"));
    let page = answer.await.unwrap();
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n"), "{page}");
    let line = page
        .lines()
        .find_map(|line| line.strip_prefix(sample)?.strip_prefix(' '));
    line.unwrap_or_else(|| panic!("no {sample} in {page}")).to_owned()
}

async fn create(broker: &Broker, topic: &str) {
    let (_, made) = broker.context().topics.auto_create(&[topic]).await.pop().unwrap();
    made.unwrap();
}

fn first_partition(broker: &Broker) -> Arc<Partition> {
    let image = broker.context().topics.image();
    Arc::clone(image.topic("t").unwrap().partition(0).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_transaction_ages_by_the_clock() {
    let (broker, clock) = start(&in_memory()).await;
    let transactions = &broker.context().transactions;
    assert_eq!(told(&broker, "ottla_open_transactions").await, "0");
    create(&broker, "t").await;
    let init = InitRequest {
        timeout_ms: 60_000,
        expected: None,
    };
    let partitions = BTreeSet::from([TopicPartition {
        topic: "t".into(),
        partition: 0,
    }]);
    let mut producers = Vec::new();
    for id in ["elder", "younger"] {
        let producer = transactions.init(id, init).await.unwrap();
        let added = transactions.add_partitions(id, producer, &partitions, TxnVersion::V1);
        added.await.unwrap();
        producers.push(producer);
        clock.pass_ms(2_500);
    }
    assert_eq!(told(&broker, "ottla_open_transactions").await, "2");
    assert_eq!(told(&broker, "ottla_transactions{state=\"Ongoing\"}").await, "2");
    let age = "ottla_oldest_open_transaction_age_seconds";
    assert_eq!(told(&broker, age).await, "5.0");
    assert_eq!(told(&broker, "ottla_uptime_seconds").await, "5.0");
    let end = |producer| EndRequest {
        producer,
        commit: true,
        client_version: TxnVersion::V1,
    };
    transactions.end("elder", end(producers[0])).await.unwrap();
    assert_eq!(told(&broker, age).await, "2.5", "the younger one is left");
    transactions.end("younger", end(producers[1])).await.unwrap();
    assert_eq!(told(&broker, age).await, "0.0");
    assert_eq!(
        told(&broker, "ottla_transactions{state=\"CompleteCommit\"}").await,
        "2"
    );
    broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_that_hangs_in_a_partition_is_late_after_five_minutes_more() {
    let (broker, clock) = start(&in_memory()).await;
    create(&broker, "t").await;
    let partition = first_partition(&broker);
    // No coordinator knows of it, so none ends it.
    let announced = partition.announce(4711, 0, 0).unwrap();
    let mut builder = BatchBuilder::new(START_MS).producer(4711, 0, 0).transactional();
    builder.push(START_MS, None, Some(b"v"), &[]);
    let appended = partition.append_in_transaction(&builder.build(), announced, START_MS);
    appended.unwrap().1.done().await.unwrap();
    let late = "ottla_partitions_with_late_transactions";
    assert_eq!(told(&broker, "ottla_producer_ids").await, "1");
    clock.pass_ms(900_000 + 300_000);
    assert_eq!(
        told(&broker, late).await,
        "0",
        "transaction.max.timeout.ms and five minutes"
    );
    clock.pass_ms(1);
    assert_eq!(told(&broker, late).await, "1");
    assert_eq!(
        told(&broker, "ottla_open_transactions").await,
        "0",
        "as its coordinator sees it"
    );
    broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_scrape_opens_no_log() {
    let folder = tempfile::tempdir().unwrap();
    let dirs = [("log.dirs", folder.path().display().to_string())];
    let (broker, _) = start(&dirs).await;
    create(&broker, "t").await;
    let partition = first_partition(&broker);
    let mut builder = BatchBuilder::new(START_MS).producer(4711, 0, 0);
    builder.push(START_MS, None, Some(b"v"), &[]);
    let appended = partition.append(&builder.build(), START_MS);
    appended.unwrap().1.done().await.unwrap();
    assert_eq!(told(&broker, "ottla_producer_ids").await, "1");
    // It would keep the folder in use.
    drop(partition);
    broker.stop().await.unwrap();
    let (broker, _) = start(&dirs).await;
    assert_eq!(told(&broker, "ottla_partitions").await, "1");
    assert_eq!(
        told(&broker, "ottla_producer_ids").await,
        "0",
        "nobody has used it yet"
    );
    let partition = first_partition(&broker);
    assert_eq!(partition.known_end_offset(), 0, "it is closed");
    assert_eq!(partition.tail().unwrap().log_end_offset, 1);
    assert_eq!(told(&broker, "ottla_producer_ids").await, "1");
    broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_client_is_cut_off_and_others_are_not_held_up() {
    let (broker, clock) = start(&in_memory()).await;
    let address = broker.metrics_addresses()[0];
    let slow = TcpStream::connect(address).unwrap();
    (&slow).write_all(b"GET /metr").unwrap();
    assert_eq!(told(&broker, "ottla_topics").await, "0");
    let cut_off = tokio::task::spawn_blocking(move || {
        let mut answer = Vec::new();
        (&slow).read_to_end(&mut answer).map(|_| answer)
    });
    // Whenever the broker began to wait for it, its time is up some time.
    while !cut_off.is_finished() {
        clock.pass_ms(5_000);
        tokio::task::yield_now().await;
    }
    assert_eq!(cut_off.await.unwrap().unwrap(), b"");
    broker.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_and_folders_tell_what_is_left() {
    let (broker, _) = start(&in_memory()).await;
    assert_eq!(told(&broker, "ottla_memory_limit_bytes").await, "1073741824");
    let before: u64 = told(&broker, "ottla_memory_used_bytes").await.parse().unwrap();
    create(&broker, "t").await;
    let partition = first_partition(&broker);
    let mut builder = BatchBuilder::new(START_MS);
    builder.push(START_MS, None, Some(&[7; 100_000]), &[]);
    let appended = partition.append(&builder.build(), START_MS);
    appended.unwrap().1.done().await.unwrap();
    let after: u64 = told(&broker, "ottla_memory_used_bytes").await.parse().unwrap();
    assert!(after >= before + 100_000, "{before} {after}");
    broker.stop().await.unwrap();

    let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let dirs = format!("{},{}", one.path().display(), two.path().display());
    let (broker, _) = start(&[("log.dirs", dirs)]).await;
    for folder in [&one, &two] {
        let path = folder.path().display();
        let usable = told(&broker, &format!("ottla_log_dir_usable_bytes{{path=\"{path}\"}}")).await;
        let total = told(&broker, &format!("ottla_log_dir_total_bytes{{path=\"{path}\"}}")).await;
        assert!(usable.parse::<u64>().unwrap() <= total.parse::<u64>().unwrap());
    }
    create(&broker, "t").await;
    let partition = first_partition(&broker);
    partition
        .folder()
        .unwrap()
        .data()
        .unwrap()
        .mark_offline("a test says so");
    assert_eq!(told(&broker, "ottla_offline_log_dirs").await, "1");
    assert_eq!(told(&broker, "ottla_offline_partitions").await, "1");
    drop(broker);
}

#[tokio::test]
async fn an_embedded_broker_tells_where_its_metrics_are() {
    let without = Ottla::builder().start().await.unwrap();
    assert_eq!(without.metrics_address(), None);
    let with = Ottla::builder()
        .set("ottla.metrics", "127.0.0.1:0")
        .start()
        .await
        .unwrap();
    let address = with.metrics_address().unwrap().parse().unwrap();
    let answer = ask(address, "GET /metrics HTTP/1.1\r\n\r\n");
    assert!(answer.ends_with("# EOF\n"), "{answer}");
    drop(with);
    assert!(TcpStream::connect(address).is_err(), "nobody listens any more");
}
