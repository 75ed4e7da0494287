//! `kafka-dump-log`: what stands in the files of a partition's folder, Kafka's or Ottla's.

mod batches;
mod command;
mod indexes;
mod parse;

pub(crate) use command::run;
