//! A copier: reads numbers as a member of a group, writes them and its offsets in one transaction.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use compat_tests::eventually_some;
use compat_tests::rdkafka::config;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext, Rebalance};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, DefaultProducerContext, Producer, ThreadedProducer};
use rdkafka::{Offset, TopicPartitionList};

use super::kills::{IN, OUT_PARTITIONS};
use super::ledger::{Fate, Ledger, value};

/// Most records of a transaction.
const BATCH: usize = 50;
/// The longest that one call to librdkafka may take; it is called again after that.
const CALL: Duration = Duration::from_secs(2);
/// Of so many transactions one is given up by its copier.
const ABORT_OF: usize = 7;
/// Of so many transactions one is overtaken by the copier's next incarnation, and then tries to commit.
const ZOMBIE_OF: usize = 29;
/// Of so many transactions one is left behind open, as by a copier that died.
const DEATH_OF: usize = 53;

/// The end of a transaction waits for reports of delivery, which a thread of the producer takes.
type Transactional = ThreadedProducer<DefaultProducerContext>;

/// Partitions that the group took since somebody looked.
#[derive(Default)]
struct Taken(Mutex<Vec<i32>>);

impl ClientContext for Taken {}

impl ConsumerContext for Taken {
    fn pre_rebalance(&self, _: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        if let Rebalance::Revoke(partitions) = rebalance {
            let taken = partitions
                .elements()
                .into_iter()
                .map(|element| element.partition());
            self.0.lock().unwrap().extend(taken);
        }
    }
}

/// What a copier is told.
pub struct Job<'a> {
    pub bootstrap: String,
    pub group: &'static str,
    /// Where to: the name of the topic.
    pub out: &'static str,
    /// Its transactional id.
    pub id: String,
    /// Settings of its consumer.
    pub settings: &'a [(&'static str, &'static str)],
    pub ledger: &'a Ledger,
}

/// A number that was read, its partition and offset.
struct Read {
    number: usize,
    partition: i32,
    offset: i64,
}

/// Why a transaction did not commit.
enum Failed {
    /// It can be aborted.
    Abort,
    /// The producer is of no more use.
    Fatal,
}

/// Calls until the answer is none that passes by itself.
fn call(what: &str, mut call: impl FnMut() -> KafkaResult<()>) -> Result<(), Failed> {
    eventually_some(what, || match call() {
        Ok(()) => Some(Ok(())),
        Err(KafkaError::Transaction(error)) if error.txn_requires_abort() => Some(Err(Failed::Abort)),
        Err(KafkaError::Transaction(error)) if error.is_retriable() => None,
        Err(_) => Some(Err(Failed::Fatal)),
    })
}

impl Job<'_> {
    fn consumer(&self) -> BaseConsumer<Taken> {
        let mut config = config(&self.bootstrap, self.settings);
        let fixed = [
            ("group.id", self.group),
            ("auto.offset.reset", "earliest"),
            ("enable.auto.commit", "false"),
            ("socket.timeout.ms", "2000"),
            ("fetch.wait.max.ms", "20"),
        ];
        for (key, value) in fixed {
            config.set(key, value);
        }
        let consumer: BaseConsumer<Taken> = config.create_with_context(Taken::default()).unwrap();
        consumer.subscribe(&[IN]).unwrap();
        consumer
    }

    /// The next incarnation: who was before is fenced, what it left open is ended.
    fn producer(&self) -> Transactional {
        let settings = [
            ("transactional.id", self.id.as_str()),
            ("linger.ms", "1"),
            ("retry.backoff.ms", "20"),
            ("socket.timeout.ms", "2000"),
        ];
        eventually_some("a producer", || {
            let producer: Transactional = config(&self.bootstrap, &settings).create().unwrap();
            let inited = call("the producer's id", || producer.init_transactions(CALL));
            inited.is_ok().then_some(producer)
        })
    }

    /// Copies until told to stop.
    pub fn run(&self, stop: &AtomicBool) {
        let mut copier = Copier {
            job: self,
            consumer: self.consumer(),
            producer: self.producer(),
            batch: Vec::new(),
        };
        while !stop.load(Ordering::SeqCst) {
            copier.read();
            if !copier.batch.is_empty() {
                copier.copy();
            }
        }
    }
}

struct Copier<'a> {
    job: &'a Job<'a>,
    consumer: BaseConsumer<Taken>,
    producer: Transactional,
    /// What was read and is not known to be copied.
    batch: Vec<Read>,
}

impl Copier<'_> {
    fn read(&mut self) {
        loop {
            let message = self.consumer.poll(Duration::from_millis(20));
            // What was read of a partition that is taken is another member's now, or comes again.
            for partition in self.consumer.context().0.lock().unwrap().drain(..) {
                self.batch.retain(|read| read.partition != partition);
            }
            match message {
                Some(Ok(message)) => self.batch.push(Read {
                    number: std::str::from_utf8(message.payload().unwrap())
                        .unwrap()
                        .parse()
                        .unwrap(),
                    partition: message.partition(),
                    offset: message.offset(),
                }),
                Some(Err(_)) => {}
                None => return,
            }
            if self.batch.len() >= BATCH {
                return;
            }
        }
    }

    /// Starts again at what is committed.
    fn join_anew(&mut self) {
        self.consumer = self.job.consumer();
        self.batch.clear();
    }

    fn copy(&mut self) {
        let ledger = self.job.ledger;
        let attempt = ledger.begin();
        match self.attempt(attempt) {
            Ok(()) if attempt % ZOMBIE_OF == 1 => {
                let next = self.job.producer();
                let zombie = std::mem::replace(&mut self.producer, next);
                let late = call("the zombie's commit", || zombie.commit_transaction(CALL));
                assert!(late.is_err(), "{}: a zombie commits {attempt}", self.job.id);
                ledger.ended(attempt, Fate::Aborted);
            }
            Ok(()) if attempt % DEATH_OF == 2 => {
                self.producer = self.job.producer();
                ledger.ended(attempt, Fate::Aborted);
                self.join_anew();
            }
            Ok(()) if attempt % ABORT_OF == 3 => self.abort(attempt),
            Ok(()) => match call("a commit", || self.producer.commit_transaction(CALL)) {
                Ok(()) => {
                    ledger.ended(attempt, Fate::Committed);
                    self.batch.clear();
                }
                Err(failed) => self.recover(attempt, failed),
            },
            Err(failed) => self.recover(attempt, failed),
        }
        ledger.step();
    }

    /// Everything of a transaction but its end.
    fn attempt(&self, attempt: usize) -> Result<(), Failed> {
        let job = self.job;
        let member = self.consumer.group_metadata();
        call("a transaction", || self.producer.begin_transaction())?;
        let mut offsets = TopicPartitionList::new();
        for read in &self.batch {
            let text = value(read.number, attempt);
            let partition = (read.number % OUT_PARTITIONS as usize) as i32;
            let record = BaseRecord::<[u8], [u8]>::to(job.out).partition(partition);
            let record = record.key(&[][..]).payload(text.as_bytes());
            self.producer.send(record).map_err(|_| Failed::Abort)?;
            if offsets.find_partition(IN, read.partition).is_none() {
                offsets.add_partition(IN, read.partition);
            }
            let next = Offset::Offset(read.offset + 1);
            offsets.set_partition_offset(IN, read.partition, next).unwrap();
        }
        job.ledger.step();
        let member = member.ok_or(Failed::Abort)?;
        call("offsets in a transaction", || {
            self.producer.send_offsets_to_transaction(&offsets, &member, CALL)
        })?;
        job.ledger.ends(attempt, self.batch.len());
        job.ledger.step();
        Ok(())
    }

    fn abort(&mut self, attempt: usize) {
        match call("an abort", || self.producer.abort_transaction(CALL)) {
            Ok(()) => self.job.ledger.ended(attempt, Fate::Aborted),
            Err(_) => self.start_anew(),
        }
    }

    fn recover(&mut self, attempt: usize, failed: Failed) {
        match failed {
            Failed::Abort => self.abort(attempt),
            Failed::Fatal => self.start_anew(),
        }
    }

    /// Nobody knows how the transaction ended, but it has ended once the next incarnation has its id.
    fn start_anew(&mut self) {
        self.producer = self.job.producer();
        self.join_anew();
    }
}
