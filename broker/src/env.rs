//! Time and chance come from outside: the one place that reads clocks.
//!
//! Everything above asks an [`Env`]; tests (and later users) put their own clock in. Files are the
//! `storage` crate's seam ([`storage::FileSystem`]); randomness is UUIDs only, made by [`Env::uuid`].

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use storage::{FileSystem, RealFs};
use uuid::Uuid;

use crate::log_levels::LogLevels;

/// Wall and monotonic time in milliseconds.
pub trait Clock: Send + Sync + fmt::Debug {
    /// Milliseconds since the Unix epoch: what records and offsets carry.
    fn now_ms(&self) -> i64;
    /// Milliseconds since an arbitrary start, never going back: what timers compare.
    fn monotonic_ms(&self) -> i64;
    /// The same in nanoseconds, for short work.
    fn monotonic_ns(&self) -> i64 {
        self.monotonic_ms().saturating_mul(1_000_000)
    }
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock {
            start: Instant::now(),
        }
    }
}

impl Clock for SystemClock {
    fn now_ms(&self) -> i64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX))
    }

    fn monotonic_ms(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_millis()).unwrap_or(i64::MAX)
    }

    fn monotonic_ns(&self) -> i64 {
        i64::try_from(self.start.elapsed().as_nanos()).unwrap_or(i64::MAX)
    }
}

/// A source of random identifiers.
pub trait Chance: Send + Sync + fmt::Debug {
    /// A random (version 4) UUID.
    fn uuid(&self) -> Uuid;
}

/// The operating system's randomness.
#[derive(Debug, Default)]
pub struct SystemChance;

impl Chance for SystemChance {
    fn uuid(&self) -> Uuid {
        Uuid::new_v4()
    }
}

/// What the broker takes from the world outside.
#[derive(Clone, Debug)]
pub struct Env {
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub chance: Arc<dyn Chance>,
    /// Files.
    pub fs: Arc<dyn FileSystem>,
    /// How much the process logs.
    pub log: LogLevels,
}

impl Env {
    /// The machine's clock, randomness and files.
    pub fn system() -> Env {
        Env {
            clock: Arc::new(SystemClock::default()),
            chance: Arc::new(SystemChance),
            fs: Arc::new(RealFs),
            log: LogLevels::default(),
        }
    }

    /// Milliseconds since the Unix epoch.
    pub fn now_ms(&self) -> i64 {
        self.clock.now_ms()
    }

    /// A random UUID.
    pub fn uuid(&self) -> Uuid {
        self.chance.uuid()
    }

    /// Starts a task on the runtime: the one place that does.
    pub fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) -> tokio::task::JoinHandle<()> {
        tokio::spawn(task)
    }

    /// The moment `ms` milliseconds from now on the runtime's clock (negative counts as zero).
    pub fn deadline(&self, ms: i64) -> tokio::time::Instant {
        tokio::time::Instant::now() + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }

    /// Sleeps for `ms` milliseconds of the runtime's time (negative counts as zero).
    pub async fn sleep_ms(&self, ms: i64) {
        tokio::time::sleep(Duration::from_millis(u64::try_from(ms).unwrap_or(0))).await;
    }
}
