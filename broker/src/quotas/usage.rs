//! What one request used, and what it costs its client.

use std::pin::Pin;
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use std::task::{Context as TaskContext, Poll};

use crate::env::Clock;

/// The facts that grow while a request is handled. Only its own task uses them; atomic because handlers may move
/// between threads.
#[derive(Debug, Default)]
pub struct Usage {
    throttle_ms: AtomicI32,
    busy_ns: AtomicI64,
    /// Since when it is being worked on; 0 while it waits or is not measured.
    since_ns: AtomicI64,
}

impl Usage {
    /// The client is to wait at least so long.
    pub fn throttle(&self, ms: i32) {
        self.throttle_ms.fetch_max(ms, Ordering::Relaxed);
    }

    /// How long the client is to wait, in milliseconds.
    pub fn throttle_ms(&self) -> i32 {
        self.throttle_ms.load(Ordering::Relaxed)
    }

    /// Time that was worked on the request so far, in nanoseconds; waiting does not count.
    pub fn busy_ns(&self, clock: &dyn Clock) -> i64 {
        let current = match self.since_ns.load(Ordering::Relaxed) {
            0 => 0,
            since => clock.monotonic_ns() - since,
        };
        self.busy_ns.load(Ordering::Relaxed) + current
    }
}

/// A future whose polls are timed, if they are to be.
pub struct Timed<'a, F> {
    inner: Pin<&'a mut F>,
    usage: Option<(&'a Usage, &'a dyn Clock)>,
}

impl<'a, F> Timed<'a, F> {
    /// Adds the time of each poll to `usage`; without one it costs a comparison.
    pub fn new(inner: Pin<&'a mut F>, usage: Option<(&'a Usage, &'a dyn Clock)>) -> Timed<'a, F> {
        Timed { inner, usage }
    }
}

impl<F: Future> Future for Timed<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut TaskContext<'_>) -> Poll<F::Output> {
        let Some((usage, clock)) = self.usage else {
            return self.inner.as_mut().poll(cx);
        };
        usage
            .since_ns
            .store(clock.monotonic_ns().max(1), Ordering::Relaxed);
        let polled = self.inner.as_mut().poll(cx);
        usage.busy_ns.store(usage.busy_ns(clock), Ordering::Relaxed);
        usage.since_ns.store(0, Ordering::Relaxed);
        polled
    }
}
