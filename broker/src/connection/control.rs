//! How the server reaches a running connection.

use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use tokio::sync::Notify;

/// Shared by a connection's task and the server's registry: drain and idle close.
#[derive(Debug)]
pub struct Control {
    closing: AtomicBool,
    /// Monotonic milliseconds of the last byte received or sent.
    last_activity_ms: AtomicI64,
    notify: Notify,
}

impl Control {
    /// A connection that was accepted at `now_ms` (monotonic).
    pub fn new(now_ms: i64) -> Control {
        Control {
            closing: AtomicBool::new(false),
            last_activity_ms: AtomicI64::new(now_ms),
            notify: Notify::new(),
        }
    }

    /// Asks the connection to answer what it has taken and close.
    pub fn close(&self) {
        self.closing.store(true, Ordering::Release);
        self.notify.notify_one();
    }

    /// Whether [`Control::close`] was called.
    pub fn closing(&self) -> bool {
        self.closing.load(Ordering::Acquire)
    }

    /// Monotonic milliseconds of the last byte received or sent.
    pub fn last_activity_ms(&self) -> i64 {
        self.last_activity_ms.load(Ordering::Relaxed)
    }

    pub(super) fn touch(&self, now_ms: i64) {
        self.last_activity_ms.store(now_ms, Ordering::Relaxed);
    }

    /// Returns when the connection is asked to close.
    pub(super) async fn closed(&self) {
        while !self.closing() {
            self.notify.notified().await;
        }
    }
}
