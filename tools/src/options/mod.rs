//! Command lines as Kafka's tools read them.

mod argparse;
mod help;
mod parse;
mod rules;
mod spec;

pub(crate) use argparse::{Commands, Single};
pub(crate) use help::KAFKA_VERSION;
pub(crate) use parse::Parsed;
pub(crate) use spec::{Opt, Spec, flag, opt};
