//! `kafka-console-consumer`: records on standard output (`ConsoleConsumer`).

mod deserialize;
mod format;
mod options;
mod run;

pub(crate) use run::run;
