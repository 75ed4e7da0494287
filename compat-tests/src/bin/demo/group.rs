//! A consumer group whose members are threads of this program.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::Result;
use rdkafka::Message;
use rdkafka::config::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::input::Record;

const POLL: Duration = Duration::from_millis(50);

/// What the members read: by partition and offset, so that a record read twice (a rebalance may) counts once.
#[derive(Default)]
struct Read {
    records: BTreeMap<(i32, i64), Record>,
    by_member: Vec<usize>,
}

/// A group and its members.
pub struct Group {
    address: String,
    name: String,
    topic: String,
    read: Arc<Mutex<Read>>,
    ending: Arc<AtomicBool>,
    members: Mutex<Vec<JoinHandle<()>>>,
}

impl Group {
    pub fn new(address: &str, name: &str, topic: &str) -> Group {
        let (address, name, topic) = (address.to_owned(), name.to_owned(), topic.to_owned());
        Group {
            address,
            name,
            topic,
            read: Arc::default(),
            ending: Arc::default(),
            members: Mutex::default(),
        }
    }

    /// Adds members, which read until the group ends.
    pub fn join(&self, count: usize) -> Result<()> {
        for _ in 0..count {
            let consumer: BaseConsumer = ClientConfig::new()
                .set("bootstrap.servers", &self.address)
                .set("group.id", &self.name)
                .set("auto.offset.reset", "earliest")
                // Old members learn of a new one by their heartbeat; the default is three seconds.
                .set("heartbeat.interval.ms", "200")
                .create()?;
            consumer.subscribe(&[&self.topic])?;
            let (read, ending) = (self.read.clone(), self.ending.clone());
            let mut members = lock(&self.members);
            let number = members.len();
            lock(&self.read).by_member.push(0);
            members.push(std::thread::spawn(move || {
                member(&consumer, number, &read, &ending)
            }));
        }
        Ok(())
    }

    pub fn members(&self) -> usize {
        lock(&self.members).len()
    }

    /// Different records read so far.
    pub fn count(&self) -> usize {
        lock(&self.read).records.len()
    }

    /// What was read of a partition, in the order of offsets.
    pub fn read(&self, partition: i32) -> Vec<Record> {
        let read = lock(&self.read);
        read.records
            .range((partition, 0)..(partition + 1, 0))
            .map(|(_, record)| record.clone())
            .collect()
    }

    /// How many records each member read.
    pub fn shares(&self) -> String {
        let shares: Vec<String> = lock(&self.read).by_member.iter().map(usize::to_string).collect();
        format!("who read {} records", shares.join(", "))
    }

    /// Lets every member leave.
    pub fn end(self) {
        self.ending.store(true, Ordering::Relaxed);
        for member in lock(&self.members).drain(..) {
            // A member that panicked has printed why, and its records are missing in the count.
            let _ = member.join();
        }
    }
}

fn member(consumer: &BaseConsumer, number: usize, read: &Mutex<Read>, ending: &AtomicBool) {
    while !ending.load(Ordering::Relaxed) {
        match consumer.poll(POLL) {
            Some(Ok(message)) => {
                let key = message.key().unwrap_or_default().to_vec();
                let value = message.payload().unwrap_or_default().to_vec();
                let mut read = lock(read);
                read.records
                    .insert((message.partition(), message.offset()), Record { key, value });
                if let Some(share) = read.by_member.get_mut(number) {
                    *share += 1;
                }
            }
            Some(Err(error)) => eprintln!("\nmember {number}: {error}"),
            None => {}
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
