//! `kafka-transactions`: transactions that are open, those that nobody will end any more, and ways to end them.

mod ask;
mod command;
mod hanging;
mod options;

pub(crate) use command::run;
