//! Lines of the log that Kafka's scripts write to standard error.

use crate::Io;
use crate::jre::format_local;

/// Logs as `tools-log4j2.yaml` has it: time, level, message, class.
pub(crate) fn log(io: &mut Io<'_>, level: &str, message: &str, class: &str) {
    let time = format_local(crate::env::now_ms(), "yyyy-MM-dd HH:mm:ss,SSS");
    io.complain(format!("[{time}] {level} {message} ({class})"));
}
