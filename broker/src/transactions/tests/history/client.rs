//! Lives of transactional producers. Several live under one transactional id: all but the newest are zombies.

use std::collections::HashMap;
use std::rc::Rc;

use protocol_shim::ErrorCode;

use super::calls::{self, Answered, Sending};
use super::consumer;
use super::model::{Fate, TxnNumber};
use super::world::{PARTITIONS, World, pause};
use crate::transactions::ProducerIdAndEpoch;

/// Tries of one request, before a client gives up.
const TRIES: usize = 60;

/// What a new client does.
#[derive(Clone, Copy, Debug)]
pub enum Role {
    /// Writes, commits and aborts.
    Writer(&'static str),
    /// Reads the group's offset, writes, and commits the next offset with it.
    Copier,
    /// Reads.
    Follower,
}

impl Role {
    pub fn drawn(world: &World) -> Role {
        match world.below(8) {
            0 | 1 => Role::Writer("a"),
            2 => Role::Writer("b"),
            3 => Role::Writer("c"),
            4 | 5 => Role::Copier,
            _ => Role::Follower,
        }
    }

    pub fn begin(self, world: &Rc<World>) {
        let shared = Rc::clone(world);
        let (id, copies) = match self {
            Role::Writer(id) => (id, false),
            Role::Copier => ("copier", true),
            Role::Follower => return world.add(consumer::follow(shared)),
        };
        let follows = world.one_in(2);
        let newer = world.one_in(2);
        world.note(|| format!("{id} begins, newer: {newer}, follows the level: {follows}"));
        world.add(async move {
            let life = Life {
                id,
                newer,
                follows,
                copies,
                producer: ProducerIdAndEpoch { id: -1, epoch: -1 },
                sequences: HashMap::new(),
                world: shared,
            };
            life.run().await;
            Ok(())
        });
    }
}

struct Life {
    id: &'static str,
    newer: bool,
    /// Takes the protocol of `transaction.version` with every transaction.
    follows: bool,
    copies: bool,
    producer: ProducerIdAndEpoch,
    sequences: HashMap<i32, i32>,
    world: Rc<World>,
}

fn may_pass(error: ErrorCode) -> bool {
    use ErrorCode::*;
    matches!(
        error,
        ConcurrentTransactions
            | CoordinatorNotAvailable
            | CoordinatorLoadInProgress
            | NotCoordinator
            | NotEnoughReplicas
            | UnstableOffsetCommit
            | KafkaStorageError
    )
}

impl Life {
    /// Asks until there is an answer that counts; `None` when the client gives up. Says whether an answer was lost.
    async fn asked<T>(&self, what: &str, ask: impl AsyncFn() -> Answered<T>) -> (Result<T, ErrorCode>, bool) {
        let mut unsure = false;
        for _ in 0..TRIES {
            match ask().await {
                None => unsure = true,
                Some(Err(error)) if may_pass(error) => unsure = true,
                Some(answer) => {
                    let error = answer.as_ref().err();
                    self.world
                        .note(|| format!("{} {:?}: {what} {error:?}", self.id, self.producer));
                    return (answer, unsure);
                }
            }
            pause().await;
        }
        self.world
            .note(|| format!("{} {:?}: {what} is given up", self.id, self.producer));
        (Err(ErrorCode::RequestTimedOut), true)
    }

    async fn run(mut self) {
        if self.init().await.is_err() {
            return;
        }
        for _ in 0..1 + self.world.below(6) {
            if self.transact().await.is_err() {
                return;
            }
        }
    }

    async fn init(&mut self) -> Result<(), ErrorCode> {
        let (producer, _) = self
            .asked("init", async || {
                calls::init(&self.world, self.id, self.newer, self.producer).await
            })
            .await;
        self.producer = producer?;
        self.sequences.clear();
        Ok(())
    }

    async fn transact(&mut self) -> Result<(), ErrorCode> {
        if let Some(newer) = self.world.has_newer_level().filter(|_| self.follows) {
            if newer && !std::mem::replace(&mut self.newer, newer) {
                // As Kafka's client: else markers of the older transaction, still to come, would end the next.
                self.init().await?;
            }
            self.newer = newer;
        }
        let from = match self.copies {
            true => {
                let committed = self.asked("offset", async || calls::committed(&self.world).await);
                Some(committed.await.0?)
            }
            false => None,
        };
        let txn = self.world.model.borrow_mut().begin(self.id);
        let written = self.write_all(txn, from).await;
        if self.world.one_in(10) {
            // Gone, with the transaction open.
            return Err(ErrorCode::RequestTimedOut);
        }
        let commit = written.is_ok() && !self.world.one_in(4);
        if commit {
            self.fate(txn, Fate::Asked);
        } else if self.newer && self.world.one_in(2) {
            self.send_late(txn);
        }
        let (ended, unsure) = self
            .asked(if commit { "commit" } else { "abort" }, async || {
                calls::end(&self.world, self.id, self.producer, self.newer, commit).await
            })
            .await;
        match ended {
            Ok(next) => {
                if commit {
                    self.fate(txn, Fate::Committed);
                }
                if next != self.producer {
                    self.sequences.clear();
                }
                self.producer = next;
                written
            }
            Err(error) => {
                if !unsure {
                    self.fate(txn, Fate::Open);
                }
                Err(error)
            }
        }
    }

    fn fate(&self, txn: TxnNumber, fate: Fate) {
        self.world
            .note(|| format!("{} transaction {txn}: {fate:?}", self.id));
        self.world.model.borrow_mut().txns[txn].fate = fate;
    }

    async fn write_all(&mut self, txn: TxnNumber, from: Option<i64>) -> Result<(), ErrorCode> {
        let batches = 1 + self.world.below(4);
        for _ in 0..batches {
            let partition = i32::try_from(self.world.below(3)).unwrap();
            self.write(txn, partition % PARTITIONS).await?;
        }
        let Some(from) = from else { return Ok(()) };
        let to = from + i64::try_from(batches).unwrap();
        self.world.model.borrow_mut().txns[txn].copied = Some((from, to));
        if !self.newer {
            let added = self.asked("add offsets", async || {
                calls::add_offsets(&self.world, self.id, self.producer).await
            });
            added.await.0?;
        }
        let committed = self.asked("offset in transaction", async || {
            calls::commit_offset(&self.world, self.id, self.producer, self.newer, to).await
        });
        committed.await.0
    }

    async fn write(&mut self, txn: TxnNumber, partition: i32) -> Result<(), ErrorCode> {
        if !self.newer {
            let added = self.asked("add", async || {
                calls::add_partition(&self.world, self.id, self.producer, partition).await
            });
            added.await.0?;
        }
        let sending = self.next_batch(txn, partition);
        let sent = async || calls::produce(&self.world, sending.clone()).await;
        let offset = self.asked("produce", sent).await.0?;
        self.world.model.borrow_mut().written(offset, &sending.records);
        if self.world.one_in(8) {
            // As if the answer had got lost.
            let (again, _) = self.asked("produce again", sent).await;
            assert!(again.is_err() || again == Ok(offset), "{again:?}, not {offset}");
        }
        Ok(())
    }

    /// A batch that is on its way while the transaction is being aborted.
    fn send_late(&mut self, txn: TxnNumber) {
        let sending = self.next_batch(txn, 0);
        let world = Rc::clone(&self.world);
        self.world.add(async move {
            for _ in 0..world.below(30) {
                pause().await;
            }
            let late = calls::produce(&world, sending).await;
            world.note(|| format!("late produce of {txn}: {late:?}"));
            Ok(())
        });
    }

    fn next_batch(&mut self, txn: TxnNumber, partition: i32) -> Sending {
        let count = 1 + self.world.below(3);
        let mut model = self.world.model.borrow_mut();
        let records = (0..count).map(|_| model.next_record(txn, partition)).collect();
        let next = self.sequences.entry(partition).or_default();
        let sequence = *next;
        *next += i32::try_from(count).unwrap();
        Sending {
            id: self.id,
            producer: self.producer,
            newer: self.newer,
            partition,
            sequence,
            records,
        }
    }
}
