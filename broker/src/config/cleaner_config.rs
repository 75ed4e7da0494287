//! What compaction goes by.

use super::settings::Settings;
use super::value::Value;

/// Limits of the cleaner, all threads together.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CleanerConfig {
    /// `log.cleaner.enable`.
    pub enable: bool,
    /// `log.cleaner.threads`: logs that are compacted at once; 0 = none.
    pub threads: usize,
    /// `log.cleaner.backoff.ms`: pause when there was nothing to do.
    pub backoff_ms: i64,
    /// `log.cleaner.dedupe.buffer.size`.
    pub dedupe_buffer_bytes: u64,
    /// `log.cleaner.io.buffer.load.factor`.
    pub load_factor: f64,
    /// `log.cleaner.io.buffer.size`.
    pub io_buffer_bytes: usize,
    /// `log.cleaner.io.max.bytes.per.second`, read and written.
    pub io_bytes_per_second_max: f64,
}

impl CleanerConfig {
    pub(super) fn read(s: &Settings) -> CleanerConfig {
        let float = |name: &str, or: f64| match s.value(name) {
            Some(Value::Float(f)) => f,
            _ => or,
        };
        CleanerConfig {
            enable: s.flag("log.cleaner.enable"),
            threads: s.count("log.cleaner.threads"),
            backoff_ms: s.number("log.cleaner.backoff.ms"),
            dedupe_buffer_bytes: s.count("log.cleaner.dedupe.buffer.size") as u64,
            load_factor: float("log.cleaner.io.buffer.load.factor", 0.9),
            io_buffer_bytes: s.count("log.cleaner.io.buffer.size"),
            io_bytes_per_second_max: float("log.cleaner.io.max.bytes.per.second", f64::MAX),
        }
    }
}
