//! The world that the tools meet: files, the clock, chance. No other file of the crate names them.

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use uuid::Uuid;

/// A moment to measure from.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// An id by chance.
pub(crate) fn random_uuid() -> Uuid {
    Uuid::new_v4()
}

/// A file's text.
pub(crate) fn read_text(path: &Path) -> std::io::Result<String> {
    std::fs::read_to_string(path)
}
