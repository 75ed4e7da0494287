//! Lines of the log that Kafka's scripts write to standard error.

use crate::Io;
use crate::jre::DatePattern;

/// Logs as `tools-log4j2.yaml` has it: time, level, message, class.
pub(crate) fn log(io: &mut Io<'_>, level: &str, message: &str, class: &str) {
    io.complain(line(level, message, class));
}

/// The line of [`log`].
pub(crate) fn line(level: &str, message: &str, class: &str) -> String {
    let pattern = DatePattern::parse("yyyy-MM-dd HH:mm:ss,SSS");
    let time = pattern.map_or_else(|_| String::new(), |pattern| pattern.format(crate::env::now_ms()));
    format!("[{time}] {level} {message} ({class})")
}
