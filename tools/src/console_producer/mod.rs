//! `kafka-console-producer`: lines of standard input as records (`ConsoleProducer`).

mod lines;
mod options;
mod reader;
mod run;

pub(crate) use run::run;
