//! One shard behind its short lock: loaded at first use or before, forgotten when its log fails.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::partition::{Ticket, blocking};

/// After how many milliseconds a shard whose log failed is loaded again.
const RELOAD_MS: i64 = 1000;

/// A shard that has something to do by itself at times.
pub trait Timed {
    /// The earliest deadline, milliseconds of the clock that the shard counts in.
    fn next_deadline_ms(&self) -> Option<i64>;
}

/// A place for one shard.
#[derive(Debug)]
pub struct Slot<S> {
    index: i32,
    loaded: Mutex<Option<S>>,
    /// Whether the shard is loaded, as far as one knows without the lock.
    ready: AtomicBool,
    /// The earliest deadline; `i64::MAX` for none.
    next_deadline_ms: AtomicI64,
}

/// The answer of a decision, and when it may be given.
#[derive(Debug)]
pub struct Decided<R> {
    /// The answer.
    pub answer: R,
    /// Durability of what was decided.
    pub ticket: Ticket,
    /// A deadline came nearer.
    pub hurry: bool,
}

impl<S: Timed> Slot<S> {
    /// A slot that nobody used yet.
    pub fn new(index: i32) -> Slot<S> {
        Slot {
            index,
            loaded: Mutex::new(None),
            ready: AtomicBool::new(false),
            next_deadline_ms: AtomicI64::new(i64::MAX),
        }
    }

    /// Number of the shard.
    pub fn index(&self) -> i32 {
        self.index
    }

    /// The earliest deadline, milliseconds of the clock that the shard counts in; `i64::MAX` for none.
    pub fn next_deadline_ms(&self) -> i64 {
        self.next_deadline_ms.load(Ordering::SeqCst)
    }

    fn lock(&self) -> MutexGuard<'_, Option<S>> {
        let lock = || self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        match self.ready.load(Ordering::Acquire) {
            true => lock(),
            // Somebody may be loading it, which takes as long as its log is long: a wait that must not hold up the
            // runtime's other tasks.
            false => blocking(lock),
        }
    }

    /// Forgets the shard; the next use loads it from the log.
    pub fn unload(&self) {
        let mut guard = self.lock();
        self.ready.store(false, Ordering::Release);
        *guard = None;
    }

    /// Loads the shard if it is not loaded; answers whether its first deadline is earlier than what was known.
    ///
    /// # Errors
    /// Those of `load`; nothing is loaded then, and its next use tries again.
    pub fn load_ahead<E>(&self, load: impl FnOnce() -> Result<S, E>) -> Result<bool, E> {
        let mut guard = self.lock();
        if guard.is_some() {
            return Ok(false);
        }
        let shard = load()?;
        let next = shard.next_deadline_ms().unwrap_or(i64::MAX);
        let hurry = next < self.next_deadline_ms.swap(next, Ordering::SeqCst);
        *guard = Some(shard);
        self.ready.store(true, Ordering::Release);
        Ok(hurry)
    }

    /// Looks at the shard if it is loaded; changes nothing and loads nothing.
    pub fn peek<R>(&self, look: impl FnOnce(&S) -> R) -> Option<R> {
        self.lock().as_ref().map(look)
    }

    /// Makes one decision under the lock, which `decide` also appends and replays; `load` is asked for the shard if
    /// need be.
    ///
    /// # Errors
    /// Those of `load` and `decide`; the shard is loaded anew at its next use.
    pub fn run<R, E>(
        &self,
        now_ms: i64,
        load: impl FnOnce() -> Result<S, E>,
        decide: impl FnOnce(&mut S) -> Result<(R, Ticket), E>,
    ) -> Result<Decided<R>, E> {
        let mut guard = self.lock();
        let decided = guard.take().map_or_else(load, Ok).and_then(|mut shard| {
            let (answer, ticket) = decide(&mut shard)?;
            Ok((shard, answer, ticket))
        });
        let next = match &decided {
            Ok((shard, ..)) => shard.next_deadline_ms().unwrap_or(i64::MAX),
            // Sessions go on and open transactions must end in time, so it is loaded again even if nobody asks.
            Err(_) => now_ms.saturating_add(RELOAD_MS),
        };
        let hurry = next < self.next_deadline_ms.swap(next, Ordering::SeqCst);
        self.ready.store(decided.is_ok(), Ordering::Release);
        let (shard, answer, ticket) = decided?;
        // Only a shard whose records all made it to the log is put back.
        *guard = Some(shard);
        Ok(Decided {
            answer,
            ticket,
            hurry,
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use super::*;

    impl Timed for () {
        fn next_deadline_ms(&self) -> Option<i64> {
            None
        }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_waits_for_a_shard_that_is_being_read_holds_nobody_up() {
        let slot = Arc::new(Slot::<()>::new(0));
        let (opened, open) = mpsc::channel::<()>();
        let read = move || open.recv_timeout(Duration::from_secs(20));
        let loads = Arc::clone(&slot);
        let loading = tokio::spawn(async move { loads.load_ahead(|| blocking(read)) });
        let waiting = tokio::spawn(async move {
            let decide = |_: &mut ()| Ok(((), Ticket::durable()));
            slot.run(0, || Err("it was being read"), decide).map(|_| ())
        });
        let elsewhere = tokio::spawn(async move { opened.send(()) });
        assert_eq!(loading.await.unwrap(), Ok(false));
        assert_eq!(waiting.await.unwrap(), Ok(()));
        elsewhere.await.unwrap().unwrap();
    }
}
