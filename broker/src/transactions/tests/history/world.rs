//! What clients share, and the lives of the broker that carry them.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context as TaskContext, Poll, Waker};

use storage::{SimFaults, SimFs};

use super::broker::{Broker, Fault, Machine};
use super::client::Role;
use super::consumer::{self, Read};
use super::model::Model;
use super::upkeep::{self, Kept};
use crate::config::Flush;
use crate::context::Context;
use crate::coordinator::Rng;
use crate::topics::{
    CONSUMER_OFFSETS, FeatureUpdate, NewTopic, TRANSACTION_STATE, TRANSACTION_VERSION, UpgradeType,
};

/// The topic that is written to, and its partitions.
pub const OUT: &str = "out";
pub const PARTITIONS: i32 = 3;
/// The topic whose offsets are committed.
pub const IN: &str = "in";
/// Clients that live at once, at most.
const CLIENTS_MAX: usize = 7;
/// After so many steps something that should end has not.
const STEPS_MAX: usize = 100_000;

/// What failed.
pub type Checked = Result<(), String>;
type Life = Pin<Box<dyn Future<Output = Checked>>>;

pub struct World {
    pub rng: RefCell<Rng>,
    pub model: RefCell<Model>,
    pub kept: Kept,
    pub machine: RefCell<Machine>,
    broker: RefCell<Option<Broker>>,
    /// Counts the broker's lives.
    life: Cell<u64>,
    clients: RefCell<Vec<Life>>,
    /// The disk fails now and then, until the broker is killed: what the broker cannot do, it may refuse.
    failing: Cell<bool>,
    pub trace: Option<RefCell<Vec<String>>>,
}

/// An answer, or `None` when the broker died first.
struct Calling<'a, T> {
    world: &'a World,
    life: u64,
    inner: Option<Pin<Box<dyn Future<Output = T> + 'a>>>,
}

impl<T> Future for Calling<'_, T> {
    type Output = Option<T>;

    fn poll(mut self: Pin<&mut Self>, task: &mut TaskContext<'_>) -> Poll<Option<T>> {
        if self.world.life.get() != self.life {
            self.inner = None;
        }
        match &mut self.inner {
            Some(inner) => inner.as_mut().poll(task).map(Some),
            None => Poll::Ready(None),
        }
    }
}

/// Lets others go first, once.
pub async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|_| match std::mem::replace(&mut paused, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    })
    .await;
}

impl World {
    pub fn new(seed: u64, flush: Flush, fault: Option<Fault>, trace: bool) -> Rc<World> {
        let mut rng = Rng(seed);
        let kept = Kept::drawn(&mut rng);
        let machine = Machine {
            fs: SimFs::new(rng.next()),
            flush,
            clock: Arc::default(),
            chance: Arc::default(),
            fault,
        };
        Rc::new(World {
            rng: RefCell::new(rng),
            model: RefCell::new(Model::of(kept.compacted)),
            kept,
            machine: RefCell::new(machine),
            broker: RefCell::new(None),
            life: Cell::new(0),
            clients: RefCell::default(),
            failing: Cell::new(false),
            trace: trace.then(RefCell::default),
        })
    }

    pub fn note(&self, text: impl FnOnce() -> String) {
        if let Some(trace) = &self.trace {
            let ms = self.machine.borrow().clock.0.load(Ordering::SeqCst);
            trace.borrow_mut().push(format!("{ms:>7} {}", text()));
        }
    }

    pub fn below(&self, end: usize) -> usize {
        self.rng.borrow_mut().below(end)
    }

    pub fn one_in(&self, n: usize) -> bool {
        self.rng.borrow_mut().one_in(n)
    }

    /// Asks the broker; `None` when it died before it answered.
    pub async fn call<'a, T: 'a, F: Future<Output = T> + 'a>(
        &'a self,
        ask: impl FnOnce(Arc<Context>) -> F,
    ) -> Option<T> {
        let context = self.broker.borrow().as_ref().map(|b| Arc::clone(&b.context))?;
        let calling = Calling {
            world: self,
            life: self.life.get(),
            inner: Some(Box::pin(ask(context))),
        };
        calling.await
    }

    /// The broker, while it is up.
    pub fn with_broker<T>(&self, look: impl FnOnce(&Broker) -> T) -> Option<T> {
        self.broker.borrow().as_ref().map(look)
    }

    /// Another client.
    pub fn add(&self, life: impl Future<Output = Checked> + 'static) {
        self.clients.borrow_mut().push(Box::pin(life));
    }

    /// Lets one client go on.
    fn step_client(&self) -> Checked {
        let (at, mut client) = {
            let mut clients = self.clients.borrow_mut();
            if clients.is_empty() {
                return Ok(());
            }
            let at = self.below(clients.len());
            let idle: Life = Box::pin(async { Ok(()) });
            (at, std::mem::replace(&mut clients[at], idle))
        };
        match client.as_mut().poll(&mut TaskContext::from_waker(Waker::noop())) {
            Poll::Pending => self.clients.borrow_mut()[at] = client,
            Poll::Ready(outcome) => {
                drop(self.clients.borrow_mut().swap_remove(at));
                outcome?;
            }
        }
        Ok(())
    }

    /// What the disk's failures excuse.
    pub fn excused(&self, checked: Checked) -> Checked {
        checked.or_else(|why| match self.failing.get() {
            true => {
                self.note(|| format!("with a failing disk: {why}"));
                Ok(())
            }
            false => Err(why),
        })
    }

    /// Lets the disk fail at appends, syncs and rolls from now on, or run full.
    fn spoil_disk(&self) {
        let often = || u32::try_from([0, 40, 150][self.below(3)]).unwrap();
        let faults = SimFaults {
            write_error: often(),
            no_space: often(),
            sync_error: often(),
            name_error: often() / 10,
            ..SimFaults::default()
        };
        self.note(|| format!("the disk fails: {faults:?}"));
        self.machine.borrow().fs.set_faults(faults);
        self.failing.set(true);
    }

    fn sync_one(&self) -> bool {
        let choice = self.below(1 << 16);
        let broker = self.broker.borrow();
        broker.as_ref().is_some_and(|b| b.store.sync_by_hand(choice))
    }

    pub async fn let_time_pass(&self, ms: i64) {
        self.machine.borrow().clock.0.fetch_add(ms, Ordering::SeqCst);
        if let Some(broker) = self.broker.borrow().as_ref() {
            broker.context.transactions.clock_moved();
        }
        tokio::task::yield_now().await;
    }

    /// Awaits something while the disk and the broker's tasks go on.
    pub async fn attended<T>(&self, wanted: impl Future<Output = T>) -> Result<T, String> {
        let mut wanted = Box::pin(wanted);
        for _ in 0..STEPS_MAX {
            let poll = wanted.as_mut().poll(&mut TaskContext::from_waker(Waker::noop()));
            if let Poll::Ready(answer) = poll {
                return Ok(answer);
            }
            self.sync_one();
            tokio::task::yield_now().await;
        }
        Err("a request is never answered".to_owned())
    }

    /// One life of the broker, until it is killed after so many steps.
    pub fn live(self: &Rc<World>, steps: usize) -> Checked {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.unwrap().block_on(async {
            self.start().await?;
            if self.one_in(8) {
                self.spoil_disk();
            }
            for _ in 0..steps {
                self.step(self.below(100)).await?;
            }
            Ok(())
        })
    }

    async fn step(self: &Rc<World>, choice: usize) -> Checked {
        match choice {
            0..64 => self.step_client(),
            64..80 => {
                self.sync_one();
                Ok(())
            }
            80..90 => {
                tokio::task::yield_now().await;
                Ok(())
            }
            90..92 => self.excused(upkeep::one(self).await),
            92..95 => {
                let ms = match self.one_in(12) {
                    true => 2_500,
                    false => 1 + self.below(150),
                };
                self.let_time_pass(i64::try_from(ms).unwrap()).await;
                Ok(())
            }
            95 => self.excused(consumer::look_at_stable(self).await),
            96 => self.change_level().await,
            _ => {
                if self.clients.borrow().len() < CLIENTS_MAX {
                    Role::drawn(self).begin(self);
                }
                Ok(())
            }
        }
    }

    /// What a client is told of `transaction.version`: whether it is 2; `None` while the broker is down.
    pub fn has_newer_level(&self) -> Option<bool> {
        self.with_broker(|broker| broker.context.topics.image().feature_level(TRANSACTION_VERSION) >= 2)
    }

    /// Raises or lowers `transaction.version`; clients that are there go on as they began.
    async fn change_level(&self) -> Checked {
        let level = i16::try_from(self.below(3)).unwrap();
        let Some(context) = self.broker.borrow().as_ref().map(|b| Arc::clone(&b.context)) else {
            return Ok(());
        };
        let current = context.topics.image().feature_level(TRANSACTION_VERSION);
        let updates = [FeatureUpdate {
            name: TRANSACTION_VERSION.to_owned(),
            level,
            upgrade_type: match level < current {
                true => UpgradeType::SafeDowngrade,
                false => UpgradeType::Upgrade,
            },
        }];
        let changed = self.attended(context.topics.update_features(&updates, false));
        let changed = changed.await?;
        self.note(|| format!("transaction.version {level}: {changed:?}"));
        Ok(())
    }

    async fn start(self: &Rc<World>) -> Checked {
        let broker = self.machine.borrow().start();
        let topics = broker.context.topics.clone();
        *self.broker.borrow_mut() = Some(broker);
        self.note(|| "the broker is up".to_owned());
        if topics.image().topic(OUT).is_none() {
            let new = |name, partitions, configs| NewTopic {
                partitions,
                configs,
                ..NewTopic::with_defaults(name)
            };
            let made = [new(OUT, PARTITIONS, self.kept.configs()), new(IN, 1, Vec::new())];
            self.attended(topics.create_topics(&made, false)).await?;
            let internal = [CONSUMER_OFFSETS, TRANSACTION_STATE];
            self.attended(topics.auto_create(&internal)).await?;
            let changed = topics.alter_configs(internal.map(upkeep::short_segments).into());
            self.attended(changed).await?.map_err(|e| e.to_string())?;
            if self.one_in(3) {
                super::epochs::use_up(self);
            }
        }
        Ok(())
    }

    /// Kills the broker; under `fsync` the power goes with it, mostly.
    pub fn kill(&self) {
        let mut machine = self.machine.borrow_mut();
        let power = machine.flush == Flush::Fsync && !self.one_in(4);
        machine.fs = match power {
            true => machine.fs.power_loss(),
            false => machine.fs.killed(),
        };
        drop(machine);
        self.failing.set(false);
        self.note(|| format!("the broker is killed, power lost: {power}"));
        self.life.set(self.life.get() + 1);
        if let Some(broker) = self.broker.borrow_mut().take() {
            broker.store.forget_by_hand();
        }
    }

    /// The last life: all transactions end, and what is there is checked.
    pub fn conclude(self: &Rc<World>) -> Checked {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .build();
        runtime.unwrap().block_on(async {
            self.clients.borrow_mut().clear();
            self.start().await?;
            for _ in 0..60 {
                for _ in 0..20 {
                    tokio::task::yield_now().await;
                    while self.sync_one() {}
                }
                self.let_time_pass(500).await;
            }
            let mut seen = BTreeMap::new();
            let mut starts = BTreeMap::new();
            for partition in 0..PARTITIONS {
                let start = upkeep::start(self, partition).ok_or("the broker is gone")?;
                starts.insert(partition, start);
                for committed in [true, false] {
                    let read: Read = self
                        .attended(consumer::read(self, partition, start, committed))
                        .await?
                        .ok_or("the broker is gone")??;
                    if read.last_stable != read.high_watermark {
                        return Err(format!("partition {partition} is held back for good: {read:?}"));
                    }
                    seen.insert((partition, committed), read.records);
                }
            }
            let committed = self.attended(super::calls::committed(self)).await?;
            let committed = committed.ok_or("the broker is gone")?;
            self.model
                .borrow()
                .check(&seen, &starts, committed.map_err(|e| format!("{e:?}"))?)
        })
    }
}
