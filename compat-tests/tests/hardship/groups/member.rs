//! A member of a group in a process of its own, so that it can be killed: this test binary, started once more.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use compat_tests::rdkafka::config;
use rdkafka::client::ClientContext;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance};
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};

use super::ledger::{Event, Kind};

/// The variable that makes a test process a member: bootstrap, topic, file, then pairs of settings, a line each.
const VARIABLE: &str = "COMPAT_MEMBER";
/// Records between two commits.
const COMMIT_EVERY: usize = 20;

/// Nanoseconds of the clock that all processes share.
fn now_ns() -> i64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

/// A member process.
pub struct Member {
    child: Child,
    number: usize,
    file: PathBuf,
    gone_ns: Option<i64>,
}

impl Member {
    /// Starts member `number`, which writes its file into `dir`.
    pub fn start(
        bootstrap: &str,
        topic: &str,
        dir: &Path,
        number: usize,
        settings: &[(&str, &str)],
    ) -> Member {
        let file = dir.join(format!("member-{number}"));
        let mut spec = vec![bootstrap, topic, file.to_str().unwrap()];
        spec.extend(settings.iter().flat_map(|(key, value)| [*key, *value]));
        let child = Command::new(std::env::current_exe().unwrap())
            .args([
                "--exact",
                "groups::member::process",
                "--nocapture",
                "--test-threads=1",
            ])
            .env(VARIABLE, spec.join("\n"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn();
        Member {
            child: child.expect("this test starts once more"),
            number,
            file,
            gone_ns: None,
        }
    }

    /// kill -9.
    pub fn kill(&mut self) {
        self.child.kill().expect("SIGKILL");
        self.child.wait().expect("reap");
        self.gone_ns = Some(now_ns());
    }

    /// Has it commit, leave its group and end.
    pub fn leave(&mut self) {
        drop(self.child.stdin.take());
        let status = self.child.wait().expect("reap");
        self.gone_ns = Some(now_ns());
        assert!(status.success(), "member {} ends with {status}", self.number);
    }

    /// What it saw and did so far.
    pub fn events(&self) -> Vec<Event> {
        let text = fs::read_to_string(&self.file).unwrap_or_default();
        let lines = text.split_inclusive('\n');
        let mut events: Vec<Event> = lines.filter_map(|line| Event::parse(self.number, line)).collect();
        events.extend(self.gone_ns.map(|at_ns| Event {
            at_ns,
            member: self.number,
            kind: Kind::Gone,
            partition: -1,
            offset: -1,
        }));
        events
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Writes down what happens, a line at once: what is written survives a kill of this process.
struct Diary {
    file: Mutex<File>,
    topic: String,
    /// Where to read on, by partition, as far as it is not committed.
    uncommitted: Mutex<BTreeMap<i32, i64>>,
}

impl Diary {
    fn note(&self, kind: Kind, partition: i32, offset: i64) {
        let mut file = self.file.lock().unwrap();
        let event = Event {
            at_ns: now_ns(),
            member: 0,
            kind,
            partition,
            offset,
        };
        file.write_all(event.line().as_bytes()).unwrap();
    }

    fn note_all(&self, kind: Kind, partitions: &TopicPartitionList) {
        for element in partitions.elements() {
            self.note(kind, element.partition(), -1);
        }
    }

    /// Commits what is not committed; when that fails, whoever reads on reads it again.
    fn commit<C: ConsumerContext>(&self, consumer: &BaseConsumer<C>) {
        let offsets = self.uncommitted.lock().unwrap().clone();
        if offsets.is_empty() {
            return;
        }
        let mut list = TopicPartitionList::new();
        for (partition, next) in &offsets {
            list.add_partition_offset(&self.topic, *partition, Offset::Offset(*next))
                .unwrap();
            self.note(Kind::Tried, *partition, *next);
        }
        if consumer.commit(&list, CommitMode::Sync).is_ok() {
            for (partition, next) in offsets {
                self.note(Kind::Committed, partition, next);
            }
            self.uncommitted.lock().unwrap().clear();
        }
    }

    fn forget(&self, partitions: &TopicPartitionList) {
        let mut uncommitted = self.uncommitted.lock().unwrap();
        for element in partitions.elements() {
            uncommitted.remove(&element.partition());
        }
    }
}

impl ClientContext for Diary {}

impl ConsumerContext for Diary {
    fn pre_rebalance(&self, consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        match rebalance {
            Rebalance::Assign(partitions) => self.note_all(Kind::Assigned, partitions),
            Rebalance::Revoke(partitions) if consumer.assignment_lost() => {
                self.note_all(Kind::Lost, partitions);
                self.forget(partitions);
            }
            Rebalance::Revoke(partitions) => {
                self.commit(consumer);
                self.note_all(Kind::Revoked, partitions);
                self.forget(partitions);
            }
            Rebalance::Error(_) => {}
        }
    }
}

/// The member itself; in an ordinary test run there is nothing to do.
#[test]
fn process() {
    let Ok(spec) = std::env::var(VARIABLE) else {
        return;
    };
    let mut words = spec.split('\n');
    let mut word = || words.next().expect("bootstrap, topic and file");
    let (bootstrap, topic, file) = (word(), word().to_owned(), word());
    let settings: Vec<&str> = words.collect();
    let settings: Vec<(&str, &str)> = settings.chunks(2).map(|pair| (pair[0], pair[1])).collect();
    let diary = Diary {
        file: Mutex::new(File::options().create(true).append(true).open(file).unwrap()),
        topic: topic.clone(),
        uncommitted: Mutex::default(),
    };
    let consumer: BaseConsumer<Diary> = config(bootstrap, &settings).create_with_context(diary).unwrap();
    consumer.subscribe(&[&topic]).unwrap();
    static END: AtomicBool = AtomicBool::new(false);
    std::thread::spawn(|| {
        // The end of the input is the wish to leave, or the end of the test.
        let _ = std::io::stdin().read(&mut [0]);
        END.store(true, Ordering::SeqCst);
    });
    let mut read = 0;
    while !END.load(Ordering::SeqCst) {
        let diary = consumer.context();
        match consumer.poll(Duration::from_millis(20)) {
            Some(Ok(message)) => {
                diary.note(Kind::Read, message.partition(), message.offset());
                let next = message.offset() + 1;
                diary
                    .uncommitted
                    .lock()
                    .unwrap()
                    .insert(message.partition(), next);
                read += 1;
                if read % COMMIT_EVERY == 0 {
                    diary.commit(&consumer);
                }
            }
            Some(Err(_)) => {}
            None => diary.commit(&consumer),
        }
    }
    consumer.context().commit(&consumer);
}
